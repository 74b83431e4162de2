// Makes the picture of the README again: tests/browser/run picture.mjs
import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { test } from 'node:test'
import { browser, demo, signIn, watched } from './support.mjs'

const PICTURE_BYTES_MAX = 250_000
const path = 'docs/pictures/results.png'

test('the picture of the README', async () => {
  const ready = demo('OPEN_DEMO')
  const chromium = await browser(ready)
  const page = await watched(await chromium.newContext({ viewport: { width: 1200, height: 1080 } }), ready)
  // The first school shows every rare outcome; the second is like most.
  await signIn(page, ready, ready.accountsOf('school_user')[1], '/results')
  await page.screenshot({ path })
  await chromium.close()
  assert.ok(statSync(path).size < PICTURE_BYTES_MAX)
})
