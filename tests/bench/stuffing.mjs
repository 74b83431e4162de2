// Passwords are guessed at a thousand requests a second from the address that 600 schools share: how many tries an
// account gets, and what the schools notice. The schools have signed in there before, so their devices are known.
import { join } from 'node:path'
import { connections, pause, row, schoolUsers, start, stop, table, Visitor, withoutScripts, work } from './tools.mjs'

const SCHOOLS = 600
const MORNING_SECONDS = 60
const ATTACKED_PER_SECOND = 1000
// Browsers that the attack keeps open; each has a place in the queue, and six tries when it is let in.
const ATTACKERS = 500
const GUESS = 'A-wrong-0ne!'

// Waits as the queue asks until the form is there, and gives its token.
async function formInTurn (visitor) {
  for (;;) {
    const token = await visitor.form('/sign-in')
    if (token) return token
    const { refresh_seconds: seconds } = JSON.parse((await visitor.send('/queue/status')).body)
    await pause(1000 * Math.min(seconds, 30))
  }
}

// Leaves the session and keeps the device.
function signOut ({ jar }) {
  for (const name of [...jar.keys()]) if (name !== '__Host-wd') jar.delete(name)
}

// Every school signs in once, spread over a minute; milliseconds of each, and how often one was told to wait for a limit.
async function morning (schools) {
  const [times, told] = [[], { slowed: 0, other: 0 }]
  await Promise.all(schools.map(async ({ visitor, account }, number) => {
    await pause(number * MORNING_SECONDS * 1000 / schools.length)
    const began = performance.now()
    const token = await formInTurn(visitor)
    const { status } = await visitor.send('/sign-in', { _csrf: token, username: account.username, password: account.password })
    times.push(performance.now() - began)
    if (status === 429) told.slowed++
    else if (status !== 303) told.other++
    signOut(visitor)
  }))
  return { times, told }
}

// Requests at an even pace until told to end; each attacker joins, looks again, and guesses at names in turn.
function attack (facts, names) {
  const agent = connections(facts, 256)
  const [looked, counts] = [new Map(), { sent: 0, wrong: 0, slowed: 0, away: 0 }]
  let [on, next] = [true, 0]
  const began = performance.now()
  const turn = () => pause(Math.max(0, began + counts.sent++ * 1000 / ATTACKED_PER_SECOND - performance.now()))
  const one = async () => {
    while (on) {
      const visitor = new Visitor(facts, agent)
      let token
      while (on && !token) { await turn(); token = await visitor.form('/sign-in') }
      for (let tries = 0; on && tries < 6; tries++) {
        const username = names[next++ % names.length]
        await turn()
        const { status } = await visitor.send('/sign-in', { _csrf: token, username, password: GUESS })
        if (status === 422) { counts.wrong++; looked.set(username, (looked.get(username) ?? 0) + 1) }
        else if (status === 429) counts.slowed++
        else { counts.away++; break }
      }
    }
  }
  const all = Promise.all(Array.from({ length: ATTACKERS }, one))
  const end = async () => { on = false; await all; agent.destroy(); return { ...counts, most: Math.max(0, ...looked.values()), seconds: (performance.now() - began) / 1000 } }
  return { end }
}

const part = (figures, share) => [...figures].sort((a, b) => a - b)[Math.floor(share * (figures.length - 1))]
const spread = ({ times }) => [0.5, 0.99, 1].map(share => `${(part(times, share) / 1000).toFixed(2)} s`).join(', ')

export async function stuffing () {
  const demo = await start(join(work, 'stuffing'), withoutScripts(SCHOOLS), '0,1')
  const agent = connections(demo.facts, 64)
  const users = [...new Map(schoolUsers(demo.facts).map(account => [account.laestab, account])).values()].slice(0, SCHOOLS)
  const schools = users.map(account => ({ account, visitor: new Visitor(demo.facts, agent) }))
  const quiet = await morning(schools)
  const names = users.flatMap(({ username }) => [username, username.replace(/@(\d{3})/, '@000')])
  const guesses = attack(demo.facts, names)
  await pause(5000)
  const attacked = await morning(schools)
  const { sent, wrong, slowed, away, most, seconds } = await guesses.end()
  row('schools that signed in, and were slowed by a limit', `${users.length}, ${quiet.told.slowed}`, `${attacked.told.slowed}`, '0')
  row('answered otherwise', quiet.told.other, attacked.told.other, '0')
  row('from the first page to the session: 50 %, 99 %, the last', spread(quiet), spread(attacked), '')
  row('requests of the attack, a second', '', `${Math.round(sent / seconds)} over ${seconds.toFixed(0)} s`, '1,000')
  row('guesses that were looked at, slowed, not let in', '', [wrong, slowed, away].join(', '), '')
  row('guesses at one account, at the most', '', most, '≤ 10')
  await stop(demo)
  agent.destroy()
  table('stuffing', 'without', 'with the attack', 'to reach')
}
