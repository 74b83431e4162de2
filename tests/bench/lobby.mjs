// Ten thousand open pages at the instant: when has the last one its results? A page asks at a random moment of
// the first four seconds, on a new connection, since those on which it waited have been closed long ago.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { begin, cpu, pause, row, schoolUsers, signIn, start, stop, table, work } from './tools.mjs'

const PAGES = Number(process.env.BENCH_PAGES ?? 10_000)
const SPREAD_SECONDS = 4
const LEAD_SECONDS = 20
// Each with the session and the page of a school of its own.
const CLIENTS = 4

const page = (facts, cookie, path) =>
  execFileSync('curl', ['-s', '--cacert', facts.ca_file, '-H', `cookie: ${cookie}`, facts.base_url + path], { encoding: 'utf8' })

// Opens so many connections over the spread, each for one page; gives what h2load says of it.
function ask (url, cookie) {
  const pages = Math.floor(PAGES / CLIENTS)
  const client = begin('h2load', ['--h1', '-t1', `-n${pages}`, `-c${pages}`, '-m1', `-r${Math.ceil(pages / SPREAD_SECONDS)}`,
    '-H', `cookie: ${cookie}`, '-H', 'accept-encoding: gzip', url], { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  client.stdout.on('data', part => { text += part })
  return new Promise(resolve => client.once('close', () => resolve({
    ended: Date.now(),
    good: Number(text.match(/status codes: (\d+) 2xx/)[1]),
    failed: Number(text.match(/(\d+) failed/)[1]),
    slowest: text.match(/time for request:\s+\S+\s+(\S+)/)[1]
  })))
}

export async function lobby () {
  const demo = await start(join(work, 'lobby'), ['--schools', '20', '--release-in', `${LEAD_SECONDS}s`], '0,1')
  const { facts } = demo
  const opens = facts.release_opens_unix * 1000
  const waiting = schoolUsers(facts).slice(0, CLIENTS)
    .map(account => ({ cookie: signIn(facts, account), path: `/results/${account.laestab}` }))
  const countsDown = ({ cookie, path }) => page(facts, cookie, path).includes('data-opens')
  if (!waiting.every(countsDown)) throw new Error('a page that should count down does not')
  const before = cpu(facts.pid)
  await pause(opens - Date.now())
  const answers = await Promise.all(waiting.map(({ cookie, path }) => ask(facts.base_url + path, cookie)))
  const used = cpu(facts.pid) - before
  if (waiting.some(countsDown)) throw new Error('a page that should show results counts down')
  const sum = key => answers.reduce((total, answer) => total + answer[key], 0)
  row('pages with their results', `${sum('good')} of ${PAGES}`, 'all')
  row('failed', sum('failed'), 'none')
  row('the last one after the instant', `${((Math.max(...answers.map(answer => answer.ended)) - opens) / 1000).toFixed(2)} s`, '≤ 5 s')
  row('slowest answer', answers.map(answer => answer.slowest).join(', '), '')
  row('CPU of the server', `${used.toFixed(1)} s`, '')
  table(`${PAGES} open pages`, 'measured', 'to reach')
  await stop(demo)
}
