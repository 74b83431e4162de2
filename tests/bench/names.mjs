// Whether the time or the length of an answer tells known names from unknown ones: at signing in with a wrong
// password, and where people say that they have forgotten theirs. Kolmogorov-Smirnov over both sets of times.
import { join } from 'node:path'
import { connections, row, schoolUsers, start, stop, table, Visitor, withoutScripts, work } from './tools.mjs'

const ASKED = Number(process.env.NAMES_ASKED ?? 5000)
// A hash takes some twenty milliseconds, and each name has six tries before it is slowed, as has each pass.
const SIGNED = Number(process.env.NAMES_SIGNED ?? 5000)
const [TRIES_OF_ONE, TRIES_OF_PASS] = [5, 6]

// The chance of so great a distance between two sets of the same distribution.
export function kolmogorovSmirnov (first, second) {
  const [a, b] = [[...first].sort((x, y) => x - y), [...second].sort((x, y) => x - y)]
  let [i, j, distance] = [0, 0, 0]
  while (i < a.length && j < b.length) {
    const at = Math.min(a[i], b[j])
    while (a[i] <= at) i++
    while (b[j] <= at) j++
    distance = Math.max(distance, Math.abs(i / a.length - j / b.length))
  }
  const size = Math.sqrt(a.length * b.length / (a.length + b.length))
  const lambda = (size + 0.12 + 0.11 / size) * distance
  let [p, sign] = [0, 1]
  for (let k = 1; k <= 100; k++, sign = -sign) p += 2 * sign * Math.exp(-2 * k * k * lambda * lambda)
  return { distance, p: lambda < 0.2 ? 1 : Math.min(1, Math.max(0, p)) }
}

// Known and unknown names in turns of two, the first of each chosen by lot, so that a drift of the machine meets both.
async function measured (count, ask) {
  const [took, seen] = [{ known: [], unknown: [] }, { known: new Set(), unknown: new Set() }]
  for (let number = 0; number < count; number++) {
    const order = Math.random() < 0.5 ? ['known', 'unknown'] : ['unknown', 'known']
    for (const which of order) {
      const answer = await ask(which, number)
      took[which].push(answer.took)
      seen[which].add(`${answer.status} ${answer.headers.location ?? ''} ${answer.body.length}`)
    }
  }
  return { took, seen }
}

const middle = figures => [...figures].sort((a, b) => a - b)[figures.length >> 1]

function report (what, { took, seen }) {
  const { distance, p } = kolmogorovSmirnov(took.known, took.unknown)
  const same = [...seen.known].sort().join() === [...seen.unknown].sort().join()
  const milliseconds = figures => `${middle(figures).toFixed(2)} ms`
  row(what, `2 × ${took.known.length.toLocaleString('en-GB')}`, milliseconds(took.known), milliseconds(took.unknown),
    distance.toFixed(4), p.toFixed(3), same ? `the same: ${[...seen.known].join('; ')}` : 'DIFFERENT')
  if (!same) throw new Error(`${what}: ${[...seen.known]} / ${[...seen.unknown]}`)
}

export async function names () {
  const demo = await start(join(work, 'names'), [...withoutScripts(1000), '--admission-rate', '1000'], '0')
  const known = schoolUsers(demo.facts).map(({ username }) => username).filter(name => name.startsWith('user@'))
  // As long, as many, and nobody's: no school has such a number.
  const names = { known, unknown: known.map((name, number) => name.replace(/@\d{7}/, `@000${String(number).padStart(4, '0')}`)) }
  const agent = connections(demo.facts, 1)
  const somebody = new Visitor(demo.facts, agent)

  const token = await somebody.form('/forgotten-password')
  report('`/forgotten-password`', await measured(ASKED, (which, number) =>
    somebody.send('/forgotten-password', { _csrf: token, username: names[which][number % known.length] })))

  const tries = Math.min(SIGNED, TRIES_OF_ONE * known.length)
  let [visitor, left, field] = [undefined, 0, undefined]
  report('`/sign-in`, wrong password', await measured(tries, async (which, number) => {
    if (left-- === 0) {
      [visitor, left] = [new Visitor(demo.facts, agent), TRIES_OF_PASS - 1]
      field = await visitor.form('/sign-in')
    }
    return visitor.send('/sign-in', { _csrf: field, username: names[which][number % known.length], password: 'A-wrong-0ne!' })
  }))
  agent.destroy()
  await stop(demo)
  table('names', 'requests', 'known, middle', 'unknown, middle', 'distance', 'p', 'status, way on and length')
}
