// What every measurement stands on: commands timed, demos pinned to cores, /proc read.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { join } from 'node:path'

export const work = process.argv[2]
export const daybreak = process.env.DAYBREAK

// Length of a slice.
export const SECONDS = Number(process.env.BENCH_SECONDS ?? 1)
const WARM_UP_SECONDS = 1
// Kept away from the ends of a slice, where connections come and go.
const MARGIN_SECONDS = 0.05

const rows = []
// Notes a row of the table and says it at once.
export const row = (what, ...figures) => {
  rows.push([what, ...figures])
  console.error([what, ...figures].join(': '))
}

// Prints the rows noted since the last table.
export function table (...heads) {
  console.log(`| ${heads.join(' | ')} |\n|${heads.map(() => '---').join('|')}|`)
  for (const cells of rows.splice(0)) console.log(`| ${cells.join(' | ')} |`)
  console.log()
}

export function timed (name, args) {
  const began = process.hrtime.bigint()
  const done = spawnSync(name, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  if (done.status !== 0) throw new Error(`${name} ${args.join(' ')}: ${done.status}`)
  return Number(process.hrtime.bigint() - began) / 1e9
}

export const pause = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds))

const children = []
process.on('exit', () => children.filter(child => child.exitCode === null).forEach(child => child.kill('SIGTERM')))

// Starts a program that ends with this one.
export function begin (...words) {
  const child = spawn(...words)
  children.push(child)
  return child
}

// Starts a demo pinned to the given cores and waits until it answers. It is released unless told when it will be.
export async function start (data, args, cores) {
  const release = args.includes('--release-in') ? [] : ['--released']
  const ready = join(work, `${data.split('/').pop()}.ready.json`)
  writeFileSync(ready, '')
  const began = process.hrtime.bigint()
  const child = begin('taskset', ['-c', cores, daybreak, 'demo', '--data', data, '--ready-file', ready,
    '--port', '0', '--ops-port', '0', ...release, ...args], { stdio: ['ignore', 'ignore', 'ignore'] })
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the demo ended with ${child.exitCode}`)
    if (existsSync(ready) && statSync(ready).size > 0) break
    await pause(20)
  }
  const seconds = Number(process.hrtime.bigint() - began) / 1e9
  return { child, seconds, ready, facts: JSON.parse(readFileSync(ready, 'utf8')) }
}

// Arguments of a demo of so many schools without scripts, which take most of its time and disk.
export function withoutScripts (schools) {
  const delivery = join(work, `bare-${schools}`)
  timed(daybreak, ['sample-data', '--schools', String(schools), '--seed', '5', '--scripts', 'none', '--out', delivery])
  return ['--delivery', delivery]
}

// Accounts of schools' users, one for each line of the accounts file.
export function schoolUsers (facts) {
  const [head, ...lines] = readFileSync(facts.accounts_file, 'utf8').trim().split('\n')
  const names = head.split(',')
  const accounts = lines.map(line => Object.fromEntries(line.split(',').map((cell, place) => [names[place], cell])))
  return accounts.filter(account => account.role === 'school_user')
}

// Signs in with curl and gives the cookie.
export function signIn (facts, account) {
  const jar = join(work, 'jar')
  writeFileSync(jar, '')
  const curl = (...args) => execFileSync('curl', ['-s', '--cacert', facts.ca_file, '-b', jar, '-c', jar, ...args], { encoding: 'utf8' })
  const token = curl(`${facts.base_url}/sign-in`).match(/name="_csrf" value="([^"]*)"/)[1]
  curl(`${facts.base_url}/sign-in`, '-o', '/dev/null', '--data-urlencode', `_csrf=${token}`,
    '--data-urlencode', `username=${account.username}`, '--data-urlencode', `password=${account.password}`)
  return `__Host-sid=${readFileSync(jar, 'utf8').match(/__Host-sid\t(\S+)/)[1]}`
}

// A browser: one jar of cookies over the connections of an agent. An answer is its status, headers, text, and the
// milliseconds until its last byte.
export class Visitor {
  constructor (facts, agent) { Object.assign(this, { facts, agent, jar: new Map() }) }

  send (path, fields) {
    const body = fields && new URLSearchParams(fields).toString()
    const headers = { cookie: [...this.jar].map(([name, value]) => `${name}=${value}`).join('; '), ...(body && { 'content-type': 'application/x-www-form-urlencoded', 'content-length': Buffer.byteLength(body) }) }
    return new Promise((resolve, reject) => {
      const began = performance.now()
      const sent = request(`${this.facts.base_url}${path}`, { agent: this.agent, method: body ? 'POST' : 'GET', headers }, answer => {
        const parts = []
        answer.on('data', part => parts.push(part))
        answer.on('end', () => {
          const took = performance.now() - began
          this.keep(answer.headers['set-cookie'] ?? [])
          resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts).toString(), took })
        })
      })
      sent.on('error', reject)
      sent.end(body)
    })
  }

  keep (cookies) {
    for (const text of cookies) {
      const [, name, value] = text.match(/^([^=]+)=([^;]*)/)
      if (/Max-Age=0/i.test(text)) this.jar.delete(name)
      else this.jar.set(name, value)
    }
  }

  // The token of the form at an address; none while somebody else's turn is first.
  async form (path) {
    return (await this.send(path)).body.match(/name="_csrf" value="([^"]*)"/)?.[1]
  }
}

// Connections to a demo that are kept, so many at once.
export const connections = (facts, most) => new Agent({ keepAlive: true, maxSockets: most, ca: readFileSync(facts.ca_file) })

export async function stop (demo) {
  process.kill(demo.facts.pid, 'SIGTERM')
  while (demo.child.exitCode === null && demo.child.signalCode === null) await pause(50)
}

export const memory = (pid, key) =>
  Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(new RegExp(`${key}:\\s+(\\d+)`))[1]) / 1024

// Seconds that the threads of a process with such a name ran, and seconds that they were ready to run and did not.
export function ran (pid, name) {
  const tasks = `/proc/${pid}/task`
  const named = readdirSync(tasks).filter(task => readFileSync(join(tasks, task, 'comm'), 'utf8').startsWith(name))
  const stats = named.map(task => readFileSync(join(tasks, task, 'schedstat'), 'utf8').split(' ').map(Number))
  const sum = place => stats.reduce((total, stat) => total + stat[place], 0) / 1e9
  return { on: sum(0), ready: sum(1) }
}

// CPU seconds that a process has used: of all its threads, in nanoseconds and not in ticks, so that a slice may be short.
export const cpu = pid => ran(pid, '').on

// Seconds that the cores of the machine had nothing to do, or were taken away from it.
export function spare () {
  const [, , , , idle, waiting, , , stolen] = readFileSync('/proc/stat', 'utf8').split('\n')[0].split(/ +/).map(Number)
  return (idle + waiting + stolen) / 100
}

// Requests for a slice; gives requests for each second of the server's CPU while they ran.
export async function load (pid, { url, headers = [], protocol = '--h1', connections, streams = 1 }) {
  const args = ['-c', '1', 'h2load', protocol, '-t1', `-c${connections}`, `-m${streams}`, `-D${SECONDS}`,
    `--warm-up-time=${WARM_UP_SECONDS}`, '-w20', '-W20', ...headers.flatMap(header => ['-H', header]), url]
  const client = spawn('taskset', args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  client.stdout.on('data', part => { text += part })
  const ended = new Promise(resolve => client.once('close', resolve))
  await pause(1000 * (WARM_UP_SECONDS + MARGIN_SECONDS))
  const [before, began] = [cpu(pid), process.hrtime.bigint()]
  await pause(1000 * (SECONDS - 2 * MARGIN_SECONDS))
  const [used, took] = [cpu(pid) - before, Number(process.hrtime.bigint() - began) / 1e9]
  await ended
  const [, rate] = text.match(/, ([\d.]+) req\/s/)
  const [, failed, errored] = text.match(/(\d+) failed, (\d+) errored/)
  const [, good] = text.match(/status codes: (\d+) 2xx/)
  if (Number(failed) + Number(errored) > 0 || Number(good) === 0) throw new Error(`${url}: ${text}`)
  return Number(rate) * took / used
}

// The same node without TLS, as behind a balancer, and without its database.
export async function plainly (data) {
  const place = join(work, 'plain.toml')
  const text = readFileSync(join(data, 'daybreak.toml'), 'utf8')
  writeFileSync(place, text.replace(/^certificate = .*$/m, 'certificate = ""').replace(/^key = .*$/m, 'key = ""'))
  const child = begin('taskset', ['-c', '0', daybreak, 'serve', '--config', place], { stdio: 'ignore' })
  const [, address] = text.match(/^ops_address = "(.*)"$/m)
  const ready = async () => (await fetch(`http://${address}/health/ready`)).ok
  while (!await ready().catch(() => false)) await pause(100)
  const [, origin] = text.match(/^origin = "https:(.*)"$/m)
  return { child, config: place, facts: { pid: child.pid, base_url: `http:${origin}` } }
}
