// The load test's crowd against a node that is killed again and again: nobody's place may be lost by it.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { begin, daybreak, pause, row, start, table, stop, work } from './tools.mjs'

const SCHOOLS = process.env.BENCH_SCHOOLS ?? '300'
// Sign-ins a second: the crowd of a minute waits for two and a half, so that most places outlive several nodes.
const RATE = process.env.BENCH_RATE ?? '2'
const KILL_EVERY_MILLISECONDS = 1000 * Number(process.env.BENCH_KILL_SECONDS ?? 20)
const loadtest = join(daybreak, '..', 'loadtest')

export async function kills () {
  const data = join(work, 'kills')
  let demo = await start(data, ['--schools', SCHOOLS, '--admission-rate', RATE], '0,1')
  const report = join(work, 'load')
  const client = begin(loadtest, ['--ready-file', demo.ready, '--profile', 'first-minute', '--report', report],
    { stdio: ['ignore', 'ignore', 'inherit'] })
  const away = []
  for (;;) {
    for (let left = KILL_EVERY_MILLISECONDS; left > 0 && client.exitCode === null; left -= 100) await pause(100)
    if (client.exitCode !== null) break
    process.kill(demo.facts.pid, 'SIGKILL')
    while (demo.child.exitCode === null && demo.child.signalCode === null) await pause(10)
    demo = await start(data, ['--admission-rate', RATE], '0,1')
    away.push(demo.seconds)
  }
  const { totals, served, queue, faults } = JSON.parse(readFileSync(join(report, 'report.json'), 'utf8'))
  row('people, schools', `${totals.people}, ${served.schools}`, '')
  row('kills; longest time until it answered again', `${away.length}; ${Math.max(...away).toFixed(1)} s`, '')
  row('positions that rose', `${queue.position_regressions}`, 'none')
  row('schools with their results', `${served.with_results} of ${served.schools}`, 'all')
  row('the last school, counted from the first arrival', `${served.p100_s?.toFixed(1)} s`, '')
  row('first promise kept', `${(100 * (queue.kept_ratio ?? 1)).toFixed(1)} % of ${queue.promises}`, '')
  row('longest wait', `${(queue.waits.max_ms / 1000).toFixed(1)} s`, '')
  row('requests that met no server', `${totals.errors} of ${totals.requests}`, '')
  table(`killed every ${KILL_EVERY_MILLISECONDS / 1000} s`, 'measured', 'to reach')
  for (const fault of faults) console.error(`fault: ${JSON.stringify(fault)}`)
  await stop(demo)
}
