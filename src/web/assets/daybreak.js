// Every page works without this file; it adds what the design system's components add, and opens results
// in place at their instant.
import { initAll } from './govuk-frontend.js'

initAll()

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
// Asking now and then keeps the session alive and notices a new opening time.
const ASK_EVERY = 5 * MINUTE
// Not everybody asks in the same moment.
const SPREAD = 5 * SECOND
const ANSWER_WITHIN = 20 * SECOND

const box = document.querySelector('[data-opens]')
if (box) waitForResults(box)

function waitForResults (box) {
  const left = box.querySelector('[data-left]')
  const said = box.querySelector('[data-said]')
  const late = Math.random() * SPREAD
  let opens, ahead, askAt
  let asking = false
  let failures = 0
  let steady = performance.now() - Date.now()

  // The service's clock counts: `ahead` is how far it is ahead of this machine's.
  const now = () => Date.now() + ahead
  learn(box)
  box.hidden = false
  const timer = setInterval(tick, SECOND)
  for (const event of ['visibilitychange', 'online', 'pageshow']) addEventListener(event, tick)
  tick()

  function learn (page) {
    opens = Number(page.dataset.opens)
    ahead = Number(page.dataset.now) - Date.now()
    const usual = now() + ASK_EVERY * (0.8 + 0.4 * Math.random())
    askAt = now() < opens ? Math.min(usual, opens + late) : now() + SPREAD * (0.4 + Math.random())
  }

  function tick () {
    // Asleep, or the machine's clock was put right: ask again which time it is.
    const drift = performance.now() - Date.now() - steady
    if (Math.abs(drift) > 2 * SECOND) {
      steady += drift
      askAt = Math.min(askAt, now() + Math.random() * SPREAD)
    }
    show(opens - now())
    if (!asking && now() >= askAt) ask()
  }

  function show (remaining) {
    const opening = remaining <= 0
    const trouble = failures > 1
      ? 'Daybreak is very busy. This page goes on trying by itself.'
      : 'Opening your results…'
    write(left, opening ? trouble : 'Your results open in ' + inWords(remaining))
    // Read aloud once a minute at most.
    write(said, opening ? trouble : 'Your results open in ' + inWords(Math.ceil(remaining / MINUTE) * MINUTE))
  }

  async function ask () {
    asking = true
    try {
      const signal = AbortSignal.timeout ? AbortSignal.timeout(ANSWER_WITHIN) : undefined
      const answer = await fetch(location.href, { cache: 'no-store', signal })
      if (answer.redirected) return location.assign(answer.url)
      if (!answer.ok) throw new Error(answer.statusText)
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
      const again = page.querySelector('[data-opens]')
      failures = 0
      if (again) learn(again)
      else open(page)
    } catch {
      failures += 1
      const pause = Math.min(MINUTE, SPREAD * 2 ** Math.min(failures - 1, 4))
      askAt = now() + pause * (0.5 + Math.random())
    }
    asking = false
  }

  function open (page) {
    clearInterval(timer)
    for (const event of ['visibilitychange', 'online', 'pageshow']) removeEventListener(event, tick)
    const main = document.getElementById('main-content')
    main.replaceChildren(...page.getElementById('main-content').childNodes)
    document.title = page.title
    const heading = main.querySelector('h1')
    heading.tabIndex = -1
    heading.focus()
    initAll({ scope: main })
  }
}

function write (element, words) {
  if (element.textContent !== words) element.textContent = words
}

function inWords (remaining) {
  const parts = (...pairs) => pairs.filter(([n]) => n > 0).map(([n, one]) => `${n} ${one}${n === 1 ? '' : 's'}`).join(' ')
  const seconds = Math.ceil(remaining / SECOND) * SECOND
  const whole = (unit, above) => Math.floor((above ? seconds % above : seconds) / unit)
  if (seconds >= DAY) return parts([whole(DAY), 'day'], [whole(HOUR, DAY), 'hour'])
  if (seconds >= HOUR) return parts([whole(HOUR), 'hour'], [whole(MINUTE, HOUR), 'minute'])
  if (seconds >= 10 * MINUTE) return parts([whole(MINUTE), 'minute'])
  return parts([whole(MINUTE), 'minute'], [whole(SECOND, MINUTE), 'second'])
}
