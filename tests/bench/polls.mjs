// What a question of somebody who waits costs: the room is paused, and one place asks as fast as it can over
// kept-alive connections. And what ten thousand who wait change for those who are signed in: nothing.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { daybreak, load, plainly, row, schoolUsers, signIn, start, stop, table, work } from './tools.mjs'

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5)
const CONNECTIONS = 64
const CROWD = 10_000
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

// The start page of somebody who is signed in, and a static file: requests for each second of CPU, and the longest.
async function besideTheRoom (facts, session) {
  const page = { url: `${facts.base_url}/`, headers: [`cookie: ${session}`], connections: CONNECTIONS }
  const file = { url: `${facts.base_url}/favicon.ico`, connections: CONNECTIONS }
  const figures = { page: [], file: [] }
  for (let round = 0; round < ROUNDS; round++) {
    figures.page.push(await load(facts.pid, page))
    figures.file.push(await load(facts.pid, file))
  }
  return { page: middle(figures.page), file: middle(figures.file) }
}

export async function polls () {
  const data = join(work, 'polls')
  let demo = await start(data, ['--schools', '4'], '0')
  const session = signIn(demo.facts, schoolUsers(demo.facts)[0])
  const idle = await besideTheRoom(demo.facts, session)
  execFileSync(daybreak, ['queue', 'pause', '--data', data])
  const cookie = placeIn(demo.facts)
  execFileSync('h2load', ['--h1', '-t1', `-c${CONNECTIONS}`, `-n${CROWD}`, `${demo.facts.base_url}/sign-in`])
  const crowded = await besideTheRoom(demo.facts, session)
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
  for (const what of ['page', 'file']) {
    row(`${what} of somebody signed in`, Math.round(idle[what]), Math.round(crowded[what]), (crowded[what] / idle[what]).toFixed(2))
  }
  table('a second of server CPU', 'idle room', `${CROWD} wait`, 'ratio')
}
