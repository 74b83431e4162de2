// What a question of somebody who waits costs: the room is paused, and one place asks as fast as it can over
// kept-alive connections.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { daybreak, load, plainly, row, start, stop, table, work } from './tools.mjs'

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5)
const CONNECTIONS = 64
const middle = figures => [...figures].sort((a, b) => a - b)[figures.length >> 1]

// The cookies of somebody who came while the room was paused.
function placeIn (facts) {
  const head = execFileSync('curl', ['-s', '-o', '/dev/null', '-D', '-', '--cacert', facts.ca_file, `${facts.base_url}/sign-in`], { encoding: 'utf8' })
  const cookies = [...head.matchAll(/^set-cookie: (__Host-w[a-z]+=[^;]+)/gim)].map(([, pair]) => pair)
  if (!cookies.some(pair => pair.startsWith('__Host-wr='))) throw new Error(`no place: ${head}`)
  return cookies.join('; ')
}

async function measured (facts, url, cookie) {
  const figures = []
  // A room that is open would let them in, and each question would be given a new pass.
  const said = execFileSync('curl', ['-sk', '-H', `cookie: ${cookie}`, `${url}/queue/status`], { encoding: 'utf8' })
  if (JSON.parse(said).state !== 'paused') throw new Error(`not paused: ${said}`)
  for (let round = 0; round < ROUNDS; round++) {
    figures.push(await load(facts.pid, { url: `${url}/queue/status`, headers: [`cookie: ${cookie}`], connections: CONNECTIONS }))
  }
  return middle(figures)
}

export async function polls () {
  const data = join(work, 'polls')
  let demo = await start(data, ['--schools', '4'], '0')
  execFileSync(daybreak, ['queue', 'pause', '--data', data])
  const cookie = placeIn(demo.facts)
  const tls = await measured(demo.facts, demo.facts.base_url, cookie)
  await stop(demo)
  demo = await plainly(data)
  execFileSync(daybreak, ['queue', 'pause', '--config', demo.config])
  const plain = await measured(demo.facts, demo.facts.base_url, cookie)
  await stop(demo)
  const micro = rate => `${(1e6 / rate).toFixed(1)} µs`
  row('over TLS', Math.round(tls).toLocaleString('en-GB'), micro(tls))
  row('plain, as behind a balancer', Math.round(plain).toLocaleString('en-GB'), micro(plain))
  table('polls of the queue', 'a second of server CPU', 'each')
}
