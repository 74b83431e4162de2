// The live page of the ops listener: moves by itself, says when it is old, and is complete without its script.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { checkKeyboard, checkNarrow, checkPage } from './checks.mjs'
import { browser, demo, noFaults, screenshot, signIn, watched } from './support.mjs'

const ready = demo('OPEN_DEMO')
const ops = { ...ready, base_url: ready.ops_url, at: path => ready.ops_url + path }
let chromium

before(async () => { chromium = await browser(ready) })
after(() => chromium.close())

test('the live page moves by itself', async () => {
  const context = await chromium.newContext({ reducedMotion: 'reduce' })
  const page = await watched(context, ops)
  const response = await page.goto(ops.at('/live'))
  await page.locator('.plot path.line-0').first().waitFor({ state: 'attached' })
  await checkPage(page, response, { name: 'live' })
  await screenshot(page, 'live', { width: 1440, height: 900 })
  await screenshot(page, 'live', { width: 390, height: 844 })
  await checkNarrow(page, 'live')
  await checkKeyboard(page, 'live')
  assert.ok(await page.getByRole('link', { name: 'Refresh' }).isHidden(), 'nothing to refresh by hand')

  const school = await watched(await chromium.newContext(), ready)
  await signIn(school, ready, ready.account('school_user'), '/results')
  await page.waitForFunction(() => document.querySelector('[data-word=schools_served]').textContent !== '0')
  const label = await page.locator('.plot').first().getAttribute('aria-label')
  assert.match(label, /^Schools with results over the last 15 minutes: at the most \d+, now \d+$/)
  await context.close()
})

test('numbers that are old are said to be', async () => {
  const context = await chromium.newContext()
  const page = await watched(context, ops)
  await page.goto(ops.at('/live'))
  await page.locator('.plot path.line-0').first().waitFor({ state: 'attached' })
  assert.ok(await page.getByRole('alert').isHidden())
  await page.route('**/live/data*', route => route.abort())
  await page.getByText(/^This node has not answered for \d+ seconds\. The numbers are of \d\d:\d\d:\d\d\.$/).waitFor()
  assert.match(await page.title(), /^No answer: /)
  await screenshot(page, 'live-old', { width: 1440, height: 900 })
  await page.unroute('**/live/data*')
  await page.getByRole('alert').waitFor({ state: 'hidden' })
  await context.close()
})

test('the live page is complete without its script', async () => {
  const context = await chromium.newContext({ javaScriptEnabled: false })
  const page = await watched(context, ops)
  await page.goto(ops.at('/live'))
  assert.match(await page.locator('[data-word=schools_expected]').first().textContent(), /^\d+$/)
  await screenshot(page, 'live-without-script', { width: 390, height: 844 })
  await page.getByRole('link', { name: 'Refresh' }).click()
  await page.getByRole('heading', { level: 1, name: 'Results morning, live' }).waitFor()
  assert.equal(await page.getByRole('row').count() > 1, true, 'the nodes')
  noFaults(page, 'live without its script')
  await context.close()
})
