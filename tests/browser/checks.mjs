// What every page keeps, in every state and for everybody.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { HtmlValidate } from 'html-validate'
import { DESK, PHONE, ZOOMED, noFaults, screenshot } from './support.mjs'

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const AXE_TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

// What axe cannot decide by itself and a person has: the rule, and why it is right here.
const DECIDED = {}

const validator = new HtmlValidate({
  root: true,
  extends: ['html-validate:recommended', 'html-validate:a11y'],
  rules: {
    // The name of a school is as long as it is.
    'long-title': 'off',
    // Without scripts the countdown loads itself again; there is nothing on it to lose.
    'meta-refresh': 'off',
    // The design system says the role of a date's three fields once more, for readers that do not know it otherwise.
    'no-redundant-role': 'off',
    // The start button of the design system is a link; a frame that scrolls is a region by its role and name.
    'prefer-native-element': ['error', { exclude: ['button', 'region'] }]
  }
})

// A page of scripts has hundreds of links of one kind.
const STEPS_MAX = 80
// Words on a drawing cross its lines, where axe finds no background; the drawing's own name says what it shows.
const DRAWN = 'svg[role=img] text'

// A radio button of the design system that opens more questions says so by aria-expanded, which readers announce and the
// role of a radio button does not have.
const opensMore = node => /govuk-radios__input/.test(node.html) &&
  node.any.concat(node.all, node.none).every(check => /not allowed: aria-expanded=/.test(check.message))

const titles = new Map()

export async function runAxe (page) {
  if (!await page.evaluate(() => 'axe' in window)) {
    // Through the debugger: the policy of our pages rightly forbids strings as scripts.
    const session = await page.context().newCDPSession(page)
    await session.send('Runtime.evaluate', { expression: axeSource })
    await session.detach()
  }
  const { violations, incomplete } = await page.evaluate(
    ([tags, drawn]) => window.axe.run({ exclude: [drawn] }, { runOnly: tags, resultTypes: ['violations', 'incomplete'] }), [AXE_TAGS, DRAWN])
  const words = ({ id, nodes }) => nodes.filter(node => !opensMore(node)).map(node => `${id}: ${node.target.join(' ')}: ${node.any.concat(node.all, node.none).map(check => check.message).join('; ')}`)
  return {
    violations: violations.flatMap(words),
    undecided: incomplete.filter(({ id }) => !(id in DECIDED)).flatMap(words)
  }
}

export async function validateHtml (html, name) {
  const report = await validator.validateString(html)
  const found = report.results.flatMap(result => result.messages)
  assert.deepEqual(found.map(one => `${one.line}:${one.column} ${one.ruleId}: ${one.message}`), [], `html of ${name}`)
}

// `response` is the navigation that led here; `name` names the screenshots.
export async function checkPage (page, response, { name, status = 200, at = DESK }) {
  assert.equal(response.status(), status, name)
  assert.equal(response.headers()['cache-control'], 'no-store', name)
  await page.setViewportSize(at)
  await validateHtml(await response.text(), name)

  assert.equal(await page.locator('h1').count(), 1, `one h1: ${name}`)
  const title = await page.title()
  assert.match(title, / – Daybreak$/, name)
  assert.equal(title.startsWith('Error: '), status === 422, `"Error: " in the title: ${name}`)
  remember(title, [404, 405, 413].includes(status) ? `${status}` : new URL(page.url()).pathname, name)
  if (status === 422) {
    const focused = await page.evaluate(() => document.activeElement.className)
    assert.match(focused, /govuk-error-summary/, `the summary of errors has the focus: ${name}`)
  }

  const { violations, undecided } = await runAxe(page)
  assert.deepEqual(violations, [], `axe: ${name}`)
  assert.deepEqual(undecided, [], `axe cannot decide: ${name}`)
  noFaults(page, name)
}

// A title stands for one kind of page.
function remember (title, path, name) {
  const kind = path.replace(/\/[0-9]{7}\b/, '')
  const known = titles.get(title) ?? { kind, name }
  titles.set(title, known)
  assert.equal(kind, known.kind, `the title “${title}” is on ${known.name} and ${name}`)
}

// No scrolling sideways at 320 px, with the text spacing of WCAG 1.4.12, in print.
export async function checkNarrow (page, name) {
  await page.setViewportSize(ZOOMED)
  await noSidewaysScroll(page, `${name} at 320 px`)
  const { violations } = await runAxe(page)
  assert.deepEqual(violations, [], `axe at 320 px: ${name}`)
  await page.evaluate(() => {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync('* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important } p { margin-bottom: 2em !important }')
    document.adoptedStyleSheets = [sheet]
  })
  await noSidewaysScroll(page, `${name} with wide text`)
  await page.evaluate(() => { document.adoptedStyleSheets = [] })
  await page.setViewportSize(DESK)
}

export async function checkPrint (page, name) {
  await page.emulateMedia({ media: 'print' })
  // A4 with margins of 10 mm, at 96 px to the inch.
  await page.setViewportSize({ width: 718, height: 1047 })
  await noSidewaysScroll(page, `${name} in print`)
  const cut = await page.$$eval('.daybreak-scroll', boxes => boxes.filter(box => box.scrollWidth > box.clientWidth + 1).length)
  assert.equal(cut, 0, `no table is cut off in print: ${name}`)
  for (const gone of ['.govuk-service-navigation', '.govuk-template__footer', '.daybreak-header__form']) {
    assert.equal(await page.locator(gone).filter({ visible: true }).count(), 0, `${gone} in print: ${name}`)
  }
  await page.emulateMedia({ media: null })
  await page.setViewportSize(DESK)
}

async function noSidewaysScroll (page, name) {
  const [wide, room, widest] = await page.evaluate(() => {
    const room = document.documentElement.clientWidth
    const over = [...document.body.querySelectorAll('*')].find(element =>
      element.getBoundingClientRect().right > room + 1 && !element.closest('.daybreak-scroll'))
    return [document.documentElement.scrollWidth, room, over?.outerHTML.slice(0, 120)]
  })
  assert.ok(wide <= room, `${name}: ${wide} px wide, ${room} px there: ${widest}`)
}

// Tab reaches everything that can be used, in the order of the page, and one always sees where one is.
export async function checkKeyboard (page, name) {
  await page.setViewportSize(DESK)
  await page.evaluate(() => {
    document.body.tabIndex = -1
    document.body.focus()
    document.body.removeAttribute('tabindex')
    window.scrollTo(0, 0)
  })
  const wanted = await page.evaluate(() => {
    const usable = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]'
    const all = [...document.querySelectorAll(usable)].filter(e => e.tabIndex >= 0 && e.checkVisibility({ visibilityProperty: true }) && !e.disabled)
    // One stop for a group of radio buttons.
    const stops = all.filter(e => e.type !== 'radio' || e === all.find(one => one.name === e.name))
    stops.forEach((element, at) => { element.stop = at })
    return stops.length
  })
  const reached = []
  const steps = Math.min(wanted, STEPS_MAX)
  for (let at = 0; at < steps; at++) {
    await page.keyboard.press('Tab')
    const here = await page.evaluate(() => {
      const element = document.activeElement
      const style = getComputedStyle(element)
      const box = element.getBoundingClientRect()
      const middle = document.elementFromPoint(
        Math.min(Math.max(box.x + Math.min(box.width / 2, 10), 0), innerWidth - 1),
        Math.min(Math.max(box.y + Math.min(box.height / 2, 10), 0), innerHeight - 1))
      // The ring of a radio button is drawn on its label.
      const drawn = element.type === 'radio' ? getComputedStyle(element.labels[0], '::before') : style
      return {
        stop: element.name && element.type === 'radio' ? document.querySelector(`[type="radio"][name="${element.name}"]`).stop : element.stop,
        seen: (drawn.outlineStyle !== 'none' && parseFloat(drawn.outlineWidth) > 0) || drawn.boxShadow !== 'none',
        free: box.bottom > 0 && box.top < innerHeight && (element.contains(middle) || middle?.contains(element) || element.labels?.[0]?.contains(middle)),
        what: element.outerHTML.slice(0, 120)
      }
    })
    assert.ok(here.seen, `focus is seen: ${name}: ${here.what}`)
    assert.ok(here.free, `focus is not hidden: ${name}: ${here.what}`)
    reached.push(here.stop)
  }
  assert.deepEqual(reached, Array.from({ length: steps }, (_, at) => at), `order of focus: ${name}`)
}

export async function picture (page, name) {
  await screenshot(page, name, PHONE)
  await screenshot(page, name, DESK)
}
