// Measures the program from outside: whole commands, /proc, and h2load beside nginx. Every figure that
// depends on the machine's mood is a ratio within one run.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const work = process.argv[2]
const sizes = (process.argv[3] ?? '200,1000').split(',')
const daybreak = process.env.DAYBREAK
const rows = []
const row = (what, figure) => { rows.push([what, figure]); console.error(`${what}: ${figure}`) }

function timed (name, args) {
  const began = process.hrtime.bigint()
  const done = spawnSync(name, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  if (done.status !== 0) throw new Error(`${name} ${args.join(' ')}: ${done.status}`)
  return Number(process.hrtime.bigint() - began) / 1e9
}

const pause = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds))

// Starts a demo pinned to the given cores and waits until it answers.
async function start (data, args, cores) {
  const ready = join(data, '..', `${data.split('/').pop()}.ready.json`)
  writeFileSync(ready, '')
  const began = process.hrtime.bigint()
  const child = spawn('taskset', ['-c', cores, daybreak, 'demo', '--data', data, '--ready-file', ready,
    '--port', '0', '--ops-port', '0', '--released', ...args], { stdio: ['ignore', 'ignore', 'ignore'] })
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the demo ended with ${child.exitCode}`)
    if (existsSync(ready) && statSync(ready).size > 0) break
    await pause(20)
  }
  const seconds = Number(process.hrtime.bigint() - began) / 1e9
  return { child, seconds, facts: JSON.parse(readFileSync(ready, 'utf8')) }
}

async function stop (demo) {
  process.kill(demo.facts.pid, 'SIGTERM')
  while (demo.child.exitCode === null && demo.child.signalCode === null) await pause(50)
}

const memory = (pid, key) =>
  Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(new RegExp(`${key}:\\s+(\\d+)`))[1]) / 1024

// CPU seconds that a process has used.
function cpu (pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
  return (Number(fields[11]) + Number(fields[12])) / Number(execFileSync('getconf', ['CLK_TCK']))
}

async function builds () {
  const small = await start(join(work, 'small'), ['--schools', '1'], '0,1')
  for (const schools of sizes) {
    const delivery = join(work, `delivery-${schools}`)
    const writing = timed(daybreak, ['sample-data', '--schools', schools, '--seed', '5', '--out', delivery])
    row(`sample-data, ${schools} schools, sparse scripts`, `${writing.toFixed(1)} s`)
    const building = timed(daybreak, ['release', 'build', '--year', '2024', '--delivery', delivery,
      '--data', join(work, 'small')])
    row(`release build, ${schools} schools (score, bundle, verify)`,
      `${building.toFixed(1)} s, ${(schools / building).toFixed(0)} schools/s`)
    const again = timed(daybreak, ['release', 'build', '--year', '2024', '--delivery', delivery,
      '--data', join(work, 'small')])
    row(`the same again, nothing to do`, `${again.toFixed(1)} s`)
  }
  await stop(small)
}

async function starts () {
  for (const schools of sizes) {
    const data = join(work, `demo-${schools}`)
    const args = ['--delivery', join(work, `delivery-${schools}`)]
    const first = await start(data, args, '0,1')
    row(`demo, ${schools} schools, first start to ready`, `${first.seconds.toFixed(1)} s`)
    await stop(first)
    const second = await start(data, args, '0,1')
    row(`demo, ${schools} schools, second start to ready (preloaded)`, `${second.seconds.toFixed(1)} s`)
    row(`memory at ready, ${schools} schools`, `${memory(second.facts.pid, 'VmRSS').toFixed(0)} MiB`)
    await stop(second)
  }
}

// Signs in with curl and gives the session cookie and the account's school.
function signIn (facts) {
  const account = facts.accounts.find(a => a.role === 'school_user')
  const jar = join(work, 'jar')
  const curl = (...args) => execFileSync('curl',
    ['-s', '--cacert', facts.ca_file, '-b', jar, '-c', jar, ...args], { encoding: 'utf8' })
  const form = curl(`${facts.base_url}/sign-in`)
  const token = form.match(/name="_csrf" value="([^"]*)"/)[1]
  curl(`${facts.base_url}/sign-in`, '-o', '/dev/null', '--data-urlencode', `_csrf=${token}`,
    '--data-urlencode', `username=${account.username}`, '--data-urlencode', `password=${account.password}`)
  const cookie = readFileSync(jar, 'utf8').match(/__Host-sid\t(\S+)/)[1]
  return { cookie: `__Host-sid=${cookie}`, laestab: account.laestab }
}

// Requests for some seconds on one core of client; gives requests, failures and CPU seconds of the server.
function load (pid, url, headers, seconds) {
  const before = cpu(pid)
  const args = ['-c', '1', 'h2load', '--h1', '-t1', '-c32', `-D${seconds}`, '--warm-up-time=1',
    ...headers.flatMap(h => ['-H', h]), url]
  const text = execFileSync('taskset', args, { encoding: 'utf8' })
  const used = cpu(pid) - before
  const [, succeeded] = text.match(/(\d+) succeeded/)
  const [, failed] = text.match(/(\d+) failed/)
  const rate = Number(text.match(/, ([\d.]+) req\/s/)[1])
  return { rate, failed: Number(failed), perCpu: rate * (seconds + 1) / used, succeeded: Number(succeeded) }
}

function nginx (facts) {
  const home = join(work, 'nginx')
  mkdirSync(home)
  const bytes = execFileSync('head', ['-c', '102400', '/dev/urandom'])
  writeFileSync(join(home, 'file'), bytes)
  const tls = facts.ca_file.replace('ca.pem', '')
  writeFileSync(join(home, 'nginx.conf'), `
daemon off; worker_processes 1; pid ${home}/pid; error_log ${home}/errors; user root;
events { worker_connections 1024; }
http {
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000; open_file_cache max=100;
  client_body_temp_path ${home}/b; proxy_temp_path ${home}/p; fastcgi_temp_path ${home}/f;
  uwsgi_temp_path ${home}/u; scgi_temp_path ${home}/s;
  server {
    listen 127.0.0.1:18443 ssl; ssl_certificate ${tls}server.pem; ssl_certificate_key ${tls}server.key;
    ssl_protocols TLSv1.3; ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256; root ${home};
  }
}`)
  const child = spawn('taskset', ['-c', '0', 'nginx', '-p', home, '-c', join(home, 'nginx.conf')])
  return child
}

async function peers () {
  const demo = await start(join(work, `demo-${sizes[0]}`), [], '0')
  const { cookie, laestab } = signIn(demo.facts)
  const master = nginx(demo.facts)
  await pause(500)
  const worker = Number(execFileSync('pgrep', ['-P', String(master.pid)], { encoding: 'utf8' }).trim())
  const ours = { url: `${demo.facts.base_url}/results/${laestab}/scripts.zip`, headers: [`cookie: ${cookie}`, 'range: bytes=0-102399'] }
  const theirs = { url: 'https://127.0.0.1:18443/file', headers: [] }
  const ratios = []
  for (let round = 0; round < 3; round++) {
    const a = load(worker, theirs.url, theirs.headers, 3)
    const b = load(demo.facts.pid, ours.url, ours.headers, 3)
    if (a.failed + b.failed > 0) throw new Error(`failed requests: nginx ${a.failed}, daybreak ${b.failed}`)
    ratios.push([b.perCpu / a.perCpu, b.rate / a.rate, b.perCpu, a.perCpu])
  }
  ratios.sort((x, y) => x[0] - y[0])
  const [perCpu, rate, mine, other] = ratios[1]
  const gigabytes = figure => (figure * 102400 / 1e9).toFixed(2)
  row('100 kB over TLS 1.3, signed in, journalled, against nginx static: per server CPU-s',
    `${perCpu.toFixed(2)}x (${gigabytes(mine)} against ${gigabytes(other)} GB per CPU-s)`)
  row('the same, requests per second', `${rate.toFixed(2)}x`)
  master.kill('SIGTERM')
  await stop(demo)
}

await builds()
await starts()
await peers()
console.log('| what | measured |\n|---|---|')
for (const [what, figure] of rows) console.log(`| ${what} | ${figure} |`)
