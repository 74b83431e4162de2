// Measures the program from outside: whole commands, /proc, and h2load beside nginx. Every figure that
// depends on the machine's mood is a ratio within one run.
import { join } from 'node:path'
import { cold } from './cold.mjs'
import { copies } from './copies.mjs'
import { embargo } from './embargo.mjs'
import { kills } from './kills.mjs'
import { lobby } from './lobby.mjs'
import { names } from './names.mjs'
import { peak } from './peak.mjs'
import { peers } from './peers.mjs'
import { polls } from './polls.mjs'
import { stuffing } from './stuffing.mjs'
import { daybreak, memory, row, start, stop, table, timed, work } from './tools.mjs'

// A part by name, or the numbers of schools of the whole table.
const named = { cold, copies, embargo, kills, lobby, names, peak, polls, stuffing }[process.argv[3]]
const sizes = (process.argv[3] ?? '200,1000').split(',')

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

async function all () {
  await builds()
  await starts()
  table('what', 'measured')
  await peers(join(work, `demo-${sizes[0]}`))
  table('what, per second of server CPU', 'Daybreak', 'nginx', 'ratio', 'goal')
}

await (named ?? all)()
