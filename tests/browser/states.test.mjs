// Every page in every state that people meet, also those that no demo comes into: as the unit tests
// rendered them into target/pages, under the policy and with the files of a running server.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { checkKeyboard, checkNarrow, checkPrint, picture, runAxe, validateHtml } from './checks.mjs'
import { browser, demo, noFaults, watched } from './support.mjs'

const ready = demo('OPEN_DEMO')
const folder = new URL('../../target/pages/', import.meta.url)
const states = readdirSync(folder).filter(file => file.endsWith('.html')).map(file => file.replace('.html', ''))
let chromium

before(async () => { chromium = await browser(ready) })
after(() => chromium.close())

test('the unit tests have rendered the pages', () => assert.ok(states.length > 50, `${states.length} pages`))

// A page of an address that only this test answers, with the headers of a real page.
async function open (page, state) {
  const { 'content-encoding': _, 'content-length': __, ...headers } = (await page.goto(ready.at('/help'))).headers()
  const body = readFileSync(new URL(`${state}.html`, folder), 'utf8').replaceAll('"assets/', '"/assets/')
  await page.route(ready.at(`/state/${state}`), route => route.fulfill({ headers, body }))
  await page.goto(ready.at(`/state/${state}`))
  return body
}

for (const state of states) {
  test(state, async () => {
    const context = await chromium.newContext({ reducedMotion: 'reduce' })
    const page = await watched(context, ready)
    const name = `state-${state}`
    await validateHtml(await open(page, state), name)
    const { violations, undecided } = await runAxe(page)
    assert.deepEqual(violations, [], `axe: ${name}`)
    assert.deepEqual(undecided, [], `axe cannot decide: ${name}`)
    noFaults(page, name)
    await picture(page, name)
    await checkNarrow(page, name)
    await checkPrint(page, name)
    await checkKeyboard(page, name)
    await context.close()
  })
}
