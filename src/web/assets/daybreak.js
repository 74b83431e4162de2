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
// At the instant everybody has asked within the spread: the clock on the page ticks once a second.
const SPREAD_AT_OPENING = SPREAD - SECOND
const ANSWER_WITHIN = 20 * SECOND

const box = document.querySelector('[data-opens]')
if (box) waitForResults(box)
const queue = document.querySelector('[data-queue]:not([data-stopped])')
if (queue) waitForTurn(queue)
const forms = document.querySelectorAll('[data-passkey]')
if (forms.length) import('./passkey.js').then(passkey => forms.forEach(passkey.offer))
const lasts = document.querySelector('[data-lasts]')
if (lasts) watchSession(lasts)

function waitForResults (box) {
  const left = box.querySelector('[data-left]')
  const said = box.querySelector('[data-said]')
  const late = Math.random() * SPREAD_AT_OPENING
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

// The queue in front of signing in: asks when the server says, and writes what it says into the page.
function waitForTurn (queue) {
  const state = queue.dataset.queue
  const find = name => queue.querySelector(`[data-${name}]`)
  const sound = find('sound')
  let timer
  let failures = 0
  let tone
  if (sound) {
    sound.hidden = false
    // A browser lets a page make a sound only after its user did something: this is it.
    sound.addEventListener('change', () => { tone = new AudioContext() }, { once: true })
  }
  again(Number(queue.dataset.refresh))
  addEventListener('pageshow', event => { if (event.persisted) again(0) })

  function again (seconds) {
    clearTimeout(timer)
    timer = setTimeout(ask, Math.max(seconds, 0.5) * SECOND)
  }

  async function ask () {
    try {
      const signal = AbortSignal.timeout ? AbortSignal.timeout(ANSWER_WITHIN) : undefined
      const answer = await fetch('/queue/status', { cache: 'no-store', signal })
      if (!answer.ok) throw new Error(answer.statusText)
      const now = await answer.json()
      failures = 0
      if (now.state === 'admitted' || now.state === 'open') return enter()
      // Another state is another page.
      if (now.state !== state || !now.said) return location.reload()
      document.title = now.said.title + ' – Daybreak'
      for (const name of ['ahead', 'when', 'checked', 'live', 'message']) {
        const element = find(name)
        if (element) write(element, now.said[name])
      }
      find('message').hidden = !now.said.message
      again(now.refresh_seconds)
    } catch {
      failures += 1
      write(find('checked'), 'We could not check just now. Your place is kept, and this page goes on trying.')
      again(Math.min(60, 5 * 2 ** Math.min(failures - 1, 4)) * (0.5 + Math.random()))
    }
  }

  function enter () {
    document.title = 'It is your turn to sign in – Daybreak'
    if (tone && sound.querySelector('input').checked) play(tone)
    // The address of this page shows the form now; a moment for the sound.
    setTimeout(() => location.reload(), tone ? SECOND : 0)
  }

  function play (context) {
    const [note, volume] = [context.createOscillator(), context.createGain()]
    volume.gain.value = 0.2
    note.frequency.value = 660
    note.connect(volume).connect(context.destination)
    note.start()
    note.stop(context.currentTime + 0.6)
  }
}

// A session that nobody uses ends. Two minutes before, the page asks whether to go on; what is typed stays.
function watchSession (line) {
  const WARN_BEFORE = 2 * MINUTE
  const csrf = document.querySelector('.daybreak-header__form [name=_csrf]')
  let ends = Date.now() + Number(line.dataset.lasts) * SECOND
  let dialog, said, before, asking, timer
  // Other tabs keep the same session alive.
  const tabs = 'BroadcastChannel' in window ? new BroadcastChannel('session') : undefined
  if (tabs) tabs.onmessage = event => learn(event.data)
  tabs?.postMessage(ends)
  for (const event of ['visibilitychange', 'pageshow']) addEventListener(event, look)
  look()

  function learn (until) {
    if (until <= ends) return
    ends = until
    if (dialog?.open) dialog.close()
    look()
  }

  async function look () {
    clearTimeout(timer)
    const left = ends - Date.now()
    if (left > WARN_BEFORE) {
      timer = setTimeout(look, Math.min(left - WARN_BEFORE, MINUTE))
      return
    }
    timer = setTimeout(look, SECOND)
    if (!dialog?.open && !asking) {
      // The server knows better: something else may have kept the session alive.
      asking = true
      learn(Date.now() + await ask('/session/left'))
      asking = false
      if (ends - Date.now() > WARN_BEFORE) return look()
      open()
    }
    show(Math.max(0, ends - Date.now()))
  }

  async function ask (path, options) {
    try {
      const signal = AbortSignal.timeout ? AbortSignal.timeout(ANSWER_WITHIN) : undefined
      const headers = { accept: 'application/json' }
      const answer = await fetch(path, { cache: 'no-store', signal, headers, ...options })
      if (!answer.ok || answer.redirected) return 0
      return (await answer.json()).seconds * SECOND
    } catch {
      return 0
    }
  }

  function open () {
    if (!dialog) {
      dialog = document.createElement('dialog')
      dialog.className = 'daybreak-dialog'
      dialog.setAttribute('aria-labelledby', 'session-title')
      dialog.innerHTML = '<h2 class="govuk-heading-m" id="session-title" tabindex="-1">You will be signed out soon</h2>' +
        '<p class="govuk-body" data-left></p><p class="govuk-visually-hidden" aria-live="polite" data-said></p>' +
        '<p class="govuk-body">For your security a session ends when nothing is done for a while.</p>' +
        '<button type="button" class="govuk-button" data-stay>Stay signed in</button>'
      dialog.querySelector('[data-stay]').addEventListener('click', stay)
      // Escape is an answer too.
      dialog.addEventListener('cancel', event => { event.preventDefault(); stay() })
      dialog.addEventListener('close', () => before?.focus())
      document.body.append(dialog)
    }
    before = document.activeElement
    dialog.showModal()
    dialog.querySelector('[data-stay]').focus()
  }

  function show (left) {
    if (!dialog?.open) return
    if (left === 0) return over()
    write(dialog.querySelector('[data-left]'), `You will be signed out in ${inWords(left)}.`)
    // Read aloud four times a minute.
    const quarter = Math.ceil(left / (15 * SECOND)) * 15 * SECOND
    if (quarter !== said) write(dialog.querySelector('[data-said]'), `You will be signed out in ${inWords(quarter)}.`)
    said = quarter
  }

  async function stay () {
    const button = dialog.querySelector('[data-stay]')
    button.disabled = true
    const body = new URLSearchParams({ _csrf: csrf.value })
    const left = await ask('/session', { method: 'POST', body })
    button.disabled = false
    if (!left) return
    ends = Date.now() + left
    tabs?.postMessage(ends)
    dialog.close()
    look()
  }

  // A page without a form has nothing to lose, and should not be read by whoever passes.
  function over () {
    clearTimeout(timer)
    const form = document.querySelector('main form')
    if (!form) return location.assign(`/sign-in?return_to=${encodeURIComponent(location.pathname)}`)
    write(dialog.querySelector('#session-title'), 'You were signed out')
    write(dialog.querySelector('[data-left]'), 'What you typed is still here. When you send it you are asked to sign in, and nothing is lost.')
    const button = dialog.querySelector('[data-stay]')
    const close = button.cloneNode()
    close.textContent = 'Go back to the form'
    close.disabled = false
    close.addEventListener('click', () => dialog.close())
    button.replaceWith(close)
    close.focus()
    tabs?.close()
    for (const event of ['visibilitychange', 'pageshow']) removeEventListener(event, look)
  }
}

function write (element, words) {
  if (!element) return
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
