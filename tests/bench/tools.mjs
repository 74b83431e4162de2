// What every measurement stands on: commands timed, demos pinned to cores, /proc read.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export const work = process.argv[2]
export const daybreak = process.env.DAYBREAK

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

// Starts a demo pinned to the given cores and waits until it answers.
export async function start (data, args, cores) {
  const ready = join(data, '..', `${data.split('/').pop()}.ready.json`)
  writeFileSync(ready, '')
  const began = process.hrtime.bigint()
  const child = begin('taskset', ['-c', cores, daybreak, 'demo', '--data', data, '--ready-file', ready,
    '--port', '0', '--ops-port', '0', '--released', ...args], { stdio: ['ignore', 'ignore', 'ignore'] })
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the demo ended with ${child.exitCode}`)
    if (existsSync(ready) && statSync(ready).size > 0) break
    await pause(20)
  }
  const seconds = Number(process.hrtime.bigint() - began) / 1e9
  return { child, seconds, facts: JSON.parse(readFileSync(ready, 'utf8')) }
}

export async function stop (demo) {
  process.kill(demo.facts.pid, 'SIGTERM')
  while (demo.child.exitCode === null && demo.child.signalCode === null) await pause(50)
}

export const memory = (pid, key) =>
  Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(new RegExp(`${key}:\\s+(\\d+)`))[1]) / 1024

// CPU seconds that a process has used.
export function cpu (pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
  return (Number(fields[11]) + Number(fields[12])) / Number(execFileSync('getconf', ['CLK_TCK']))
}
