// Scripts that come from a slow store: every school its own once, and what each of some schools gets of the store when
// one of them asks for four at a time. The store is the demo's folder behind a server of S3's reads with a limit.
import { createReadStream, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { get } from 'node:https'
import { join, normalize } from 'node:path'
import { Transform, pipeline } from 'node:stream'
import { begin, connections, daybreak, pause, row, schoolUsers, signIn, start, stop, table, work } from './tools.mjs'

const SCHOOLS = process.env.BENCH_SCHOOLS ?? '200'
const BYTES_PER_SECOND = 1024 * 1024 * Number(process.env.BENCH_STORE_MEBIBYTES ?? 20)
// Schools that download side by side; the first of them on so many connections.
const [BESIDE, GREEDY] = [8, 4]
const SHARES_SECONDS = 60
const loadtest = join(daybreak, '..', 'loadtest')

// Lets bytes through at a rate that all streams share, first come first served.
class Limited extends Transform {
  static free = 0

  _transform (piece, _, done) {
    Limited.free = Math.max(Limited.free, performance.now()) + 1000 * piece.length / BYTES_PER_SECOND
    setTimeout(() => done(null, piece), Limited.free - performance.now())
  }
}

// Whole objects and parts of them.
async function store (folder) {
  const server = createServer((asked, answer) => {
    const place = join(folder, normalize(decodeURIComponent(new URL(asked.url, 'http://store').pathname)).replace(/^\/[^/]+/, ''))
    const about = statSync(place, { throwIfNoEntry: false })
    if (!about?.isFile()) return answer.writeHead(404).end()
    const part = asked.headers.range?.match(/^bytes=(\d+)-(\d*)$/)
    const [from, to] = part ? [Number(part[1]), Math.min(part[2] === '' ? Infinity : Number(part[2]), about.size - 1)] : [0, about.size - 1]
    answer.writeHead(part ? 206 : 200, { 'content-length': to - from + 1, 'last-modified': about.mtime.toUTCString(), etag: `"${about.mtimeMs}"`, ...(part && { 'content-range': `bytes ${from}-${to}/${about.size}` }) })
    if (asked.method === 'HEAD' || about.size === 0) return answer.end()
    pipeline(createReadStream(place, { start: from, end: to }), new Limited(), answer, () => {})
  })
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  return server
}

// Configuration of the same demo with its results behind the server.
function behind (server, lane) {
  const folder = join(work, 'store')
  mkdirSync(folder, { recursive: true })
  for (const name of ['id', 'secret']) writeFileSync(join(folder, name), 'store', { mode: 0o600 })
  const place = join(work, `lane-${lane}.toml`)
  writeFileSync(place, `[delivery]\nscripts_bytes_per_second = ${lane}\n[blobs]\nfolder = ""\n[blobs.s3]\nbucket = "results"\nregion = "local"\nendpoint = "http://127.0.0.1:${server.address().port}"\naccess_key_id_file = "${folder}/id"\nsecret_access_key_file = "${folder}/secret"\n`)
  return ['--config', place]
}

// Bytes that each school gets while they download their scripts again and again: the first in four sessions, the
// others in one. Whoever is told to come again does so then; a time is kept when the bundle begins at it.
async function shares (facts, schools) {
  const agent = connections(facts, BESIDE + GREEDY)
  const got = schools.map(() => 0)
  const promises = { made: 0, kept: 0 }
  let on = true
  const ask = (number, cookie) => new Promise(resolve => {
    const sent = get(`${facts.base_url}/results/${schools[number].laestab}/scripts.zip`, { agent, headers: { cookie } }, answer => {
      const whole = answer.statusCode === 200
      answer.on('data', piece => { if (!on) sent.destroy(); else if (whole) got[number] += piece.length })
      answer.once('close', () => resolve({ whole, again: Number(answer.headers['retry-after'] ?? 1) }))
    })
    sent.once('error', () => resolve({ whole: false, again: 1 }))
  })
  const one = async (number, cookie) => {
    for (let told = false; on;) {
      const { whole, again } = await ask(number, cookie)
      if (told) promises.kept += whole || !on
      told = on && !whole
      if (told) { promises.made++; for (let left = again + 1; left > 0 && on; left--) await pause(1000) }
      if (told && !on) promises.made--
    }
  }
  const all = schools.flatMap((account, number) => Array.from({ length: number === 0 ? GREEDY : 1 }, () => one(number, signIn(facts, account))))
  await pause(1000 * SHARES_SECONDS)
  on = false
  await Promise.all(all)
  agent.destroy()
  return { got, promises }
}

const megabytes = count => (count / 1e6).toFixed(1)

async function measured (data, args, name) {
  const demo = await start(data, args, '0,1')
  const report = join(work, `cold-${name}`)
  const client = begin(loadtest, ['--ready-file', demo.ready, '--profile', 'cold-scripts', '--report', report], { stdio: ['ignore', 'ignore', 'inherit'] })
  await new Promise(resolve => client.once('close', resolve))
  const { totals, served, kinds, queue, faults } = JSON.parse(readFileSync(join(report, 'report.json'), 'utf8'))
  for (const fault of faults) console.error(`fault: ${JSON.stringify(fault)}`)
  const { got, promises } = await shares(demo.facts, schoolUsers(demo.facts).slice(0, BESIDE))
  await stop(demo)
  return { totals, served, kinds, got, promises }
}

export async function cold () {
  const data = join(work, 'cold')
  const demo = await start(data, ['--schools', SCHOOLS], '0,1')
  const server = await store(demo.facts.blob_dir)
  await stop(demo)
  const runs = []
  for (const lane of [0, BYTES_PER_SECOND]) runs.push(await measured(data, behind(server, lane), lane))
  server.close()
  const each = look => runs.map(look)
  row('errors', ...each(({ totals }) => totals.errors), '0')
  row('schools with their results', ...each(({ served }) => `${served.with_results} of ${served.schools}`), 'all')
  const times = name => ({ kinds }) => { const one = kinds.find(({ kind }) => kind === name); return `${one.count}: ${[one.p50_ms, one.p99_ms].map(time => time.toFixed(1)).join(', ')} ms` }
  row('results pages meanwhile: 50 %, 99 %', ...each(times('page')), '≤ 500 ms')
  row('bundles: 50 %, 99 %', ...each(times('scripts')), '')
  row('scripts and all else, a second', ...each(({ totals, served }) => `${megabytes(totals.bytes / served.p100_s)} MB`), '')
  row(`of ${BESIDE} schools side by side, in ${SHARES_SECONDS} s: the one in ${GREEDY} sessions`, ...each(({ got }) => `${megabytes(got[0])} MB`), 'as the others')
  row('the others', ...each(({ got }) => got.slice(1).map(megabytes).join(', ')), '')
  row('told to come again, and had it then', ...each(({ promises }) => `${promises.made}, ${promises.kept}`), 'all')
  table('cold-scripts from a slow store', 'without a lane', 'with one as fast as the store', 'to reach')
}
