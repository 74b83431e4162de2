// Ten million requests around the instant, to three nodes on one database: one whose clock is right, one that
// is an hour ahead, one an hour behind. Not one byte may come early; the first must come at once.
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { begin, daybreak, pause, row, schoolUsers, signIn, start, stop, table, work } from './tools.mjs'

const REQUESTS = Number(process.env.BENCH_REQUESTS ?? 10_000_000)
// What the three nodes and the clients answer together in a second, at least; the run is as long as it takes.
const EXPECTED_PER_SECOND = Number(process.env.BENCH_EXPECTED ?? 20_000)
const AFTER_SECONDS = 20
const SCHOOLS = 40
const CONNECTIONS = 32
const LIBRARY = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1'
const FILES = ['results.csv', 'results-with-ta.csv', 'results.xml', 'results.xlsx', 'results.pdf', 'scripts.zip']

async function freePort () {
  const server = createServer()
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address()
  await new Promise(resolve => server.close(resolve))
  return port
}

// A node beside the demo, on its database and with its service time; its machine's clock differs by so much.
async function node (data, name, shift) {
  const home = join(work, name)
  mkdirSync(join(home, 'state'), { recursive: true })
  for (const file of ['node.key', 'clock']) copyFileSync(join(data, 'state', file), join(home, 'state', file))
  const [port, ops] = [await freePort(), await freePort()]
  const config = readFileSync(join(data, 'daybreak.toml'), 'utf8')
    .replace(/^addresses = .*$/m, `addresses = ["127.0.0.1:${port}"]`)
    .replace(/^ops_address = .*$/m, `ops_address = "127.0.0.1:${ops}"`)
    .replace(/^state = .*$/m, `state = "${join(home, 'state')}"`)
    .replace(/^origin = .*$/m, `origin = "https://localhost:${port}"`)
  const place = join(home, 'daybreak.toml')
  writeFileSync(place, config)
  const env = { ...process.env, LD_PRELOAD: LIBRARY, FAKETIME: shift, FAKETIME_DONT_FAKE_MONOTONIC: '1' }
  const child = begin(daybreak, ['serve', '--config', place], { stdio: 'ignore', env })
  const answers = async () => (await fetch(`http://127.0.0.1:${ops}/metrics`)).ok
  while (!await answers().catch(() => false)) await pause(200)
  return { child, facts: { pid: child.pid, base_url: `https://localhost:${port}`, ops_url: `http://127.0.0.1:${ops}` } }
}

// Asks until some seconds after the instant; gives what the client noted.
function ask (name, base, requests, seconds) {
  const figures = join(work, `${name}.figures`)
  const client = begin('wrk', ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '--timeout', '30s', '-s', 'tests/bench/embargo.lua', base, '--', requests, figures],
    { stdio: ['ignore', 'ignore', 'inherit'] })
  return new Promise(resolve => client.once('close', () => {
    const lines = readFileSync(figures, 'utf8').trim().split('\n').map(line => line.split(' '))
    resolve(Object.fromEntries(lines.map(([key, value]) => [key, Number(value)])))
  }))
}

// A line for each file of the schools of some accounts, with a session that this node gave.
function requests (name, facts, accounts) {
  const lines = accounts.flatMap(account => {
    const cookie = signIn(facts, account)
    return FILES.map(file => `/results/${account.laestab}/${file} ${cookie}`)
  })
  const place = join(work, `${name}.requests`)
  writeFileSync(place, lines.join('\n') + '\n')
  return place
}

async function refusals (ops) {
  const text = await (await fetch(`${ops}/metrics`)).text()
  return Number(text.match(/^daybreak_embargo_refusals_total (\d+)/m)[1])
}

export async function embargo () {
  if (!existsSync(LIBRARY)) throw new Error('needs the Debian package faketime')
  const before = Math.ceil(REQUESTS / EXPECTED_PER_SECOND)
  const demo = await start(join(work, 'embargo'), ['--schools', String(SCHOOLS), '--release-in', `${before}s`], '0,1')
  const opens = demo.facts.release_opens_unix
  const nodes = { right: demo, 'an hour ahead': await node(join(work, 'embargo'), 'ahead', '+3600s'), 'an hour behind': await node(join(work, 'embargo'), 'behind', '-3600s') }
  const accounts = schoolUsers(demo.facts).slice(0, 4)
  // All three nodes share their keys: sessions of the right one are good everywhere.
  const list = requests('all', demo.facts, accounts)
  await pause(6000)
  const seconds = Math.ceil(opens - Date.now() / 1000) + AFTER_SECONDS
  const asking = Object.entries(nodes).map(([name, { facts }]) => ask(name.replaceAll(' ', '-'), facts.base_url, list, seconds))
  const answers = await Promise.all(asking)
  for (const [place, name] of Object.keys(nodes).entries()) {
    const { refused, given, other, bodies, first_given: first, last_refused: last } = answers[place]
    const early = given > 0 && first < opens
    row(`clock ${name}`, refused + given + other, refused, given, other, bodies, early ? 'EARLY' : 'none',
      given > 0 ? `${(1000 * (first - opens)).toFixed(1)} ms` : 'held', given > 0 ? `${(1000 * (last - opens)).toFixed(1)} ms` : '')
  }
  for (const name of Object.keys(nodes)) console.error(name, 'refusals counted', await refusals(nodes[name].facts.ops_url))
  for (const one of Object.values(nodes).reverse()) await stop(one)
  table('node', 'requests', 'refused', 'given', 'other', 'refusals with a body', 'early', 'first given after the instant', 'last refused')
}
