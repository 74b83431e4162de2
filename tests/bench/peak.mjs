// The peak: the load test's crowd against a demo on the same cores, watched from its metrics, while somebody who
// is signed in already goes on reading. What was reached is compared with what the hashing threads could do.
import { readFileSync } from 'node:fs'
import { get } from 'node:https'
import { join } from 'node:path'
import { begin, connections, daybreak, pause, ran, row, schoolUsers, signIn, spare, start, stop, table, work } from './tools.mjs'

const SCHOOLS = process.env.BENCH_SCHOOLS ?? '400'
const PROFILE = process.env.BENCH_PROFILE ?? 'first-minute'
const SPEED = process.env.BENCH_SPEED ?? '20'
// A demo that was made before: a nation takes minutes to build.
const DATA = process.env.BENCH_DATA
const LOOK_EVERY_MILLISECONDS = 1000
const READ_EVERY_MILLISECONDS = 50
const loadtest = join(daybreak, '..', 'loadtest')

// Figures of the node at a moment.
async function look ({ ops_url: ops, pid }) {
  const text = await (await fetch(`${ops}/metrics`)).text()
  const sum = name => [...text.matchAll(new RegExp(`^daybreak_${name}(?:\\{[^}]*\\})? ([\\d.e+-]+)$`, 'gm'))]
    .reduce((total, [, value]) => total + Number(value), 0)
  const accepted = Number(text.match(/^daybreak_sign_ins_total\{outcome="accepted"\} (\d+)/m)?.[1] ?? 0)
  return { at: Date.now() / 1000, threads: ran(pid, 'hash-'), spare: spare(), hashed: sum('password_hash_seconds_sum'), hashes: sum('password_hash_seconds_count'), accepted, waiting: sum('waiting_room_waiting'), pending: sum('password_hash_waiting') }
}

// Somebody signed in reads the same page again and again on one connection; milliseconds of each answer.
function reader (facts, account, cookie) {
  const agent = connections(facts, 1)
  const times = []
  let on = true
  const read = () => new Promise((resolve, reject) => {
    const began = performance.now()
    get(`${facts.base_url}/results/${account.laestab}`, { agent, headers: { cookie } }, answer => {
      if (answer.statusCode !== 200) return reject(new Error(`a page answered ${answer.statusCode}`))
      answer.resume().once('end', () => resolve(performance.now() - began))
    }).once('error', reject)
  })
  const reading = (async () => {
    await read()
    while (on) {
      times.push(await read())
      await pause(READ_EVERY_MILLISECONDS)
    }
    agent.destroy()
  })()
  return { end: async () => { on = false; await reading; return times } }
}

const part = (figures, share) => [...figures].sort((a, b) => a - b)[Math.floor(share * (figures.length - 1))]
const seconds = value => value === null || value === undefined ? '–' : `${value.toFixed(1)} s`

// What the hashing threads did while people waited: the stretch in which there was always somebody to let in.
function pressed (looks) {
  const from = looks.findIndex(one => one.waiting > 0)
  const to = looks.findLastIndex(one => one.waiting > 20)
  if (from < 0 || to - from < 3) return undefined
  const [first, last] = [looks[from], looks[to]]
  const took = last.at - first.at
  const on = last.threads.on - first.threads.on
  const ready = last.threads.ready - first.threads.ready
  return { took, on, ready, fair: on / (on + last.spare - first.spare), hash: (last.hashed - first.hashed) / (last.hashes - first.hashes), rate: (last.hashes - first.hashes) / took, busy: (last.hashed - first.hashed) / took }
}

export async function peak () {
  const demo = await start(DATA ?? join(work, 'peak'), DATA ? [] : ['--schools', SCHOOLS], '0,1')
  const { facts } = demo
  const account = schoolUsers(facts)[0]
  const readers = reader(facts, account, signIn(facts, account))
  const looks = [await look(facts)]
  const report = join(work, 'load')
  const client = begin(loadtest, ['--ready-file', demo.ready, '--profile', PROFILE, '--speed', SPEED, '--report', report, ...(process.env.BENCH_LOAD ?? '').split(' ').filter(Boolean)], { stdio: ['ignore', 'ignore', 'inherit'] })
  while (client.exitCode === null && client.signalCode === null) {
    await pause(LOOK_EVERY_MILLISECONDS)
    looks.push(await look(facts).catch(() => looks.at(-1)))
  }
  const times = await readers.end()
  const result = JSON.parse(readFileSync(join(report, 'report.json'), 'utf8'))
  const busy = pressed(looks)
  const threads = 2
  const { totals, served, queue, conditions } = result
  row('people, schools', `${totals.people}, ${served.schools}`, '')
  row('errors, positions that rose', `${totals.errors}, ${queue.position_regressions}`, 'none')
  row('schools with their results', `${served.with_results} of ${served.schools}`, 'all')
  row('the last school, counted from the first arrival', seconds(served.p100_s), '')
  row('50 %, 90 %, 99 % of schools', [served.p50_s, served.p90_s, served.p99_s].map(seconds).join(', '), '')
  row('first promise kept', `${(100 * (queue.kept_ratio ?? 1)).toFixed(1)} % of ${queue.promises}`, '≥ 92 %')
  row('longest wait', seconds(queue.waits.max_ms / 1000), '')
  if (busy) {
    row('people waited for', seconds(busy.took), '')
    row('one hash while they waited', `${(1000 * busy.hash).toFixed(1)} ms`, '')
    row('sign-ins a second while they waited', busy.rate.toFixed(1), '')
    row('of what the hashing threads can do in their time', (busy.busy / threads).toFixed(3), '≥ 0.93')
    row('the hashing threads ran, and were ready and did not', `${seconds(busy.on)}, ${seconds(busy.ready)}`, '')
    row('of the time of the cores that nothing else took', busy.fair.toFixed(3), '≥ 0.93')
    row('to the last school ÷ (sign-ins × hash ÷ threads)', (served.p100_s / (totals.sign_ins * busy.hash / threads)).toFixed(2), '≤ 1.3')
  }
  row('page of somebody signed in meanwhile, 50 % and 99 %', `${part(times, 0.5).toFixed(1)}, ${part(times, 0.99).toFixed(1)} ms`, '≤ 20 ms')
  row('CPU of server and of the load test', `${conditions.server_cpu_s.toFixed(0)}, ${conditions.own_cpu_s.toFixed(0)} s`, '')
  table(`${PROFILE} at ${SPEED}x`, 'measured', 'to reach')
  for (const goal of result.goals.filter(goal => !goal.kept)) console.error(`missed: ${goal.words}: ${goal.reached}, wanted ${goal.wanted}`)
  for (const fault of result.faults) console.error(`fault: ${JSON.stringify(fault)}`)
  await stop(demo)
}
