// Downloads beside nginx: the same bytes, peer and program in turn on one core, the client on the other.
// Ours signed in, with rights, headers and journal; nginx static, or asking by auth_request.
// Slices are short and many, because other work on the machine comes and goes: a ratio is the median of
// the ratios of neighbours.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:tls'
import { join } from 'node:path'
import { SECONDS, begin, cpu, load, memory, pause, plainly, row, schoolUsers, signIn, start, stop, work } from './tools.mjs'

// How many slices of each kind.
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 9)
const IDLE_CONNECTIONS = 2000
const KILO = 1024
const MEGA = 1024 * KILO
// Body, connections, and the goal of each comparison.
const BODIES = {
  '2 kB': { bytes: 2 * KILO, connections: 64 },
  '100 kB': { bytes: 100 * KILO, connections: 32 },
  '2 MB': { bytes: 2 * MEGA, connections: 16 },
  '20 MB': { bytes: 20 * MEGA, connections: 8 }
}

// The address of a bundle of at least the largest body, and the cookie that opens it.
function largest (facts) {
  for (const account of schoolUsers(facts)) {
    const cookie = signIn(facts, account)
    const path = `/results/${account.laestab}/scripts.zip`
    const answer = execFileSync('curl', ['-sI', '--cacert', facts.ca_file, '-H', `cookie: ${cookie}`, facts.base_url + path], { encoding: 'utf8' })
    if (Number(answer.match(/content-length: (\d+)/i)?.[1]) >= BODIES['20 MB'].bytes) return { cookie, path }
  }
  throw new Error('no school has 20 MB of scripts')
}

// nginx as one would tune it for small files (18443, 18080), for large ones (18444), and asking first (18445).
function nginx (facts) {
  const home = join(work, 'nginx')
  mkdirSync(home, { recursive: true })
  for (const { bytes } of Object.values(BODIES)) {
    writeFileSync(join(home, `${bytes}`), execFileSync('head', ['-c', `${bytes}`, '/dev/urandom'], { maxBuffer: 2 * bytes }))
  }
  const tls = facts.ca_file.replace('ca.pem', '')
  const secure = `ssl_certificate ${tls}server.pem; ssl_certificate_key ${tls}server.key; ssl_protocols TLSv1.3;
    ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256; ssl_ecdh_curve X25519; root ${home}; default_type application/pdf;
    add_header cache-control no-store;`
  writeFileSync(join(home, 'nginx.conf'), `
daemon off; worker_processes 1; pid ${home}/pid; error_log ${home}/errors; user root; worker_rlimit_nofile 20000;
events { worker_connections 8192; }
http {
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000; open_file_cache max=100;
  client_body_temp_path ${home}/b; proxy_temp_path ${home}/p; fastcgi_temp_path ${home}/f;
  uwsgi_temp_path ${home}/u; scgi_temp_path ${home}/s;
  upstream rights { server unix:${home}/rights; keepalive 64; }
  server { listen unix:${home}/rights; location / { return 204; } }
  server { listen 127.0.0.1:18080; root ${home}; default_type application/pdf; add_header cache-control no-store; }
  server { listen 127.0.0.1:18443 ssl http2; ${secure} ssl_buffer_size 16k; }
  server { listen 127.0.0.1:18444 ssl http2; ${secure} ssl_buffer_size 64k; sendfile off; output_buffers 2 256k; }
  server {
    listen 127.0.0.1:18445 ssl; ${secure} ssl_buffer_size 16k; auth_request /rights;
    location = /rights {
      internal; proxy_pass http://rights; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_pass_request_body off; proxy_set_header Content-Length "";
    }
  }
}`)
  return begin('taskset', ['-c', '0', 'nginx', '-p', home, '-c', join(home, 'nginx.conf')], { stdio: 'inherit' })
}

// Whole handshakes: connect, one request, close.
async function handshakes (pid, { url, headers = [] }) {
  const before = cpu(pid)
  const text = execFileSync('taskset', ['-c', '1', 'wrk', '-t1', '-c32', `-d${SECONDS}s`, '-H', 'connection: close',
    ...headers.flatMap(header => ['-H', header]), url], { encoding: 'utf8' })
  return Number(text.match(/(\d+) requests in/)[1]) / (cpu(pid) - before)
}

// KiB of the server for each connection that is kept open after one request.
async function idle (pid, url, headers) {
  const { hostname, port, pathname } = new URL(url)
  const before = memory(pid, 'VmRSS')
  const sockets = []
  for (let count = 0; count < IDLE_CONNECTIONS; count++) {
    sockets.push(await new Promise((resolve, reject) => {
      const socket = connect({ host: hostname, port, servername: 'localhost', rejectUnauthorized: false }, () => {
        socket.write(`GET ${pathname} HTTP/1.1\r\nhost: ${hostname}:${port}\r\n${headers.map(h => `${h}\r\n`).join('')}\r\n`)
      })
      socket.once('data', () => resolve(socket)).once('error', reject)
    }))
  }
  // Longer than a connection must rest before it is parked.
  await pause(3000)
  const each = (memory(pid, 'VmRSS') - before) * KILO / IDLE_CONNECTIONS
  for (const socket of sockets) socket.destroy()
  await pause(500)
  return each
}

const middle = figures => [...figures].sort((a, b) => a - b)[figures.length >> 1]
const short = figure => figure >= 100 ? Math.round(figure).toLocaleString('en-GB') : figure.toFixed(1)

// Measures in turn and notes the medians, and the median of the ratios; of several peers the best one counts.
async function compare (what, goal, measure, ours, theirs) {
  const [mine, others] = [[], theirs.map(() => [])]
  for (let round = 0; round < ROUNDS; round++) {
    mine.push(await measure(...ours))
    for (const [place, peer] of theirs.entries()) others[place].push(await measure(...peer))
  }
  const best = others.reduce((one, other) => middle(other) > middle(one) ? other : one)
  const ratio = middle(mine.map((figure, round) => figure / best[round]))
  row(what, short(middle(mine)), short(middle(best)), `${ratio.toFixed(2)}x`, goal)
}

const range = bytes => `range: bytes=0-${bytes - 1}`

export async function peers (data) {
  let demo = await start(data, [], '0')
  let { cookie, path } = largest(demo.facts)
  const master = nginx(demo.facts)
  await pause(500)
  const worker = Number(execFileSync('pgrep', ['-P', String(master.pid)], { encoding: 'utf8' }).trim())
  const ours = bytes => [demo.facts.pid, { url: demo.facts.base_url + path, headers: [`cookie: ${cookie}`, range(bytes)] }]
  const mine = (bytes, more) => [ours(bytes)[0], { ...ours(bytes)[1], ...more }]
  const theirs = (port, bytes, more) => [worker, { url: `https://127.0.0.1:${port}/${bytes}`, ...more }]
  const body = (name, goal) => {
    const { bytes, connections } = BODIES[name]
    const tuned = bytes >= MEGA ? [18443, 18444] : [18443]
    return compare(`TLS, HTTP/1.1, ${name}, requests`, goal, load, mine(bytes, { connections }), tuned.map(port => theirs(port, bytes, { connections })))
  }
  await body('2 kB', '≥ 1.4x')
  await compare('the same against nginx with auth_request', '≥ 3x', load, mine(2 * KILO, { connections: 64 }), [theirs(18445, 2 * KILO, { connections: 64 })])
  await body('100 kB', '≥ 2.1x')
  await body('2 MB', '≥ 2.8x')
  await body('20 MB', '≥ 3.0x')
  const streams = { protocol: '--npn-list=h2,http/1.1', connections: 8, streams: 8 }
  await compare('TLS, HTTP/2, 100 kB, requests', '≥ 1.8x', load, mine(100 * KILO, streams), [theirs(18443, 100 * KILO, streams)])
  await compare('whole handshakes with a request of 2 kB', '≥ 2.7x', handshakes, ours(2 * KILO), [theirs(18443, 2 * KILO)])
  const resting = await idle(demo.facts.pid, demo.facts.base_url + path, [`cookie: ${cookie}`, range(2 * KILO)])
  const peer = await idle(worker, `https://127.0.0.1:18443/${2 * KILO}`, [])
  row('KiB for each idle TLS connection', short(resting), short(peer), `${(resting / peer).toFixed(2)}x`, '≤ 1.3x')
  // A session ends when it is not used for a while, and downloads do not count as use.
  cookie = largest(demo.facts).cookie
  await stop(demo)
  demo = await plainly(data)
  for (const [name, { bytes, connections }] of Object.entries(BODIES)) {
    const goal = name === '20 MB' ? '≥ 1.05x' : ''
    await compare(`plain HTTP/1.1, ${name}, requests`, goal, load, mine(bytes, { connections }), [[worker, { url: `http://127.0.0.1:18080/${bytes}`, connections }]])
  }
  await stop(demo)
  master.kill('SIGTERM')
}
