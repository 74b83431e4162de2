// How much comes over the line: a first visit, and each page after it.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { browser, demo, signIn, watched } from './support.mjs'

const FIRST_VISIT_BYTES_MAX = 60_000
const PAGE_BYTES_MAX = 14_000

const ready = demo('OPEN_DEMO')
let chromium

before(async () => { chromium = await browser(ready) })
after(() => chromium.close())

// Bytes of all answers, headers included, as the browser counted them.
async function bytesOf (page, act) {
  const session = await page.context().newCDPSession(page)
  await session.send('Network.enable')
  let bytes = 0
  session.on('Network.loadingFinished', event => { bytes += event.encodedDataLength })
  const response = await act()
  await page.waitForLoadState('networkidle')
  await session.detach()
  return [bytes, response]
}

test('a first visit', async t => {
  for (const path of ['/', '/sign-in', '/nowhere']) {
    const context = await chromium.newContext()
    const page = await watched(context, ready)
    const [bytes] = await bytesOf(page, () => page.goto(ready.at(path)))
    t.diagnostic(`${path}: ${bytes} bytes`)
    assert.ok(bytes <= FIRST_VISIT_BYTES_MAX, `${path}: ${bytes} bytes`)
    await context.close()
  }
})

test('every later page', async t => {
  const schools = ready.accountsOf('school_user')
  for (const account of [...schools, ready.account('la_user'), ready.account('ks3_user')]) {
    const context = await chromium.newContext()
    const page = await watched(context, ready)
    await signIn(page, ready, account)
    const pages = ['/', '/results']
    if (account.laestab) pages.push(...['gps', 'maths'].map(subject => `/results/${account.laestab}/${subject}`))
    if (account.role === 'school_user') pages.push(`/results/${account.laestab}/scripts`, '/results/calculator')
    for (const path of pages) {
      const [bytes] = await bytesOf(page, () => page.goto(ready.at(path)))
      t.diagnostic(`${account.role} ${path}: ${bytes} bytes`)
      assert.ok(bytes <= PAGE_BYTES_MAX, `${path}: ${bytes} bytes`)
    }
    await context.close()
  }
})
