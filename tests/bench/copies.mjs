// A release build with scripts beside the least that it must do: copying the same scripts and digesting them.
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { daybreak, pause, row, start, stop, table, timed, work } from './tools.mjs'

const SCHOOLS = Number(process.env.BENCH_SCHOOLS ?? 100)
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3)

const bytesBelow = folder => readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter(entry => entry.isFile()).reduce((sum, entry) => sum + statSync(join(entry.parentPath ?? entry.path, entry.name)).size, 0)

// Copies and digests with the tools that everybody has, one core busy at a time, then with both.
const copying = (from, to) => timed('sh', ['-c', `rm -rf "$1"; cp -r "$0" "$1" && find "$1" -type f -print0 | xargs -0 sha256sum >/dev/null`, from, to])
const both = (from, to) => timed('sh', ['-c', `rm -rf "$1"; mkdir "$1"; ls "$0" | xargs -P2 -I{} sh -c 'cp -r "$1/{}" "$2/{}" && find "$2/{}" -type f -print0 | xargs -0 -r sha256sum >/dev/null' - "$0" "$1"`, from, to])

export async function copies () {
  const small = await start(join(work, 'small'), ['--schools', '1'], '0,1')
  const middle = figures => [...figures].sort((a, b) => a - b)[figures.length >> 1]
  const figures = { one: [], two: [], build: [] }
  for (let round = 0; round < ROUNDS; round++) {
    // A release is built once for each delivery: every round has one of its own.
    const delivery = join(work, 'delivery')
    timed('rm', ['-rf', delivery])
    timed(daybreak, ['sample-data', '--schools', String(SCHOOLS), '--seed', String(11 + round), '--out', delivery])
    const scripts = join(delivery, 'scripts')
    const gigabytes = bytesBelow(scripts) / 1e9
    timed('sh', ['-c', 'find "$0" -type f -print0 | xargs -0 cat >/dev/null', scripts])
    const measured = {
      one: copying(scripts, join(work, 'copy')),
      two: both(scripts, join(work, 'copy')),
      build: timed(daybreak, ['release', 'build', '--year', '2024', '--delivery', delivery, '--data', join(work, 'small')])
    }
    for (const [key, seconds] of Object.entries(measured)) figures[key].push(seconds / gigabytes)
    await pause(1000)
  }
  const [one, two, build] = Object.values(figures).map(middle)
  row('cp -r, then sha256sum', `${one.toFixed(2)} s`, '')
  row('the same, two at a time', `${two.toFixed(2)} s`, '')
  row('release build (read, digest, score, letters, pack, verify)', `${build.toFixed(2)} s`, `${(one / build).toFixed(2)}x, ${(two / build).toFixed(2)}x`)
  table(`${SCHOOLS} schools with scripts`, 'for a gigabyte of scripts', 'of the two above')
  await stop(small)
}
