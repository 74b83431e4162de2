// Results morning: people sign in early, wait, and have their results and scripts; with and without scripts.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { checkKeyboard, checkNarrow, checkPage, checkPrint, picture } from './checks.mjs'
import { browser, demo, noFaults, signIn, watched } from './support.mjs'

const ready = demo('MORNING_DEMO')
const [school, other] = ready.accountsOf('school_user')
const OPENING_MAX = 120_000
const folder = mkdtempSync(join(tmpdir(), 'daybreak-morning-'))
let chromium

before(async () => { chromium = await browser(ready) })
after(async () => {
  await chromium.close()
  rmSync(folder, { recursive: true })
})

const secondsLeft = () => ready.release_opens_unix - Date.now() / 1000
const results = page => page.getByRole('heading', { level: 1, name: /^Key stage 2 results/ })

// From the start page to the countdown, by what is on the pages.
async function waitForTheMorning (javaScriptEnabled) {
  const context = await chromium.newContext({ javaScriptEnabled })
  const page = await watched(context, ready)
  await page.goto(ready.at('/'))
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByLabel('Email address').fill(school.username)
  await page.getByLabel('Password', { exact: true }).fill(school.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { level: 1, name: 'Your results are not open yet' }).waitFor()
  assert.ok(secondsLeft() > 0, 'signed in before the opening')
  return page
}

// The bytes of a file as the page itself is given them.
async function fetched (page, address) {
  const { status, type, base64 } = await page.evaluate(async address => {
    const answer = await fetch(address)
    const reader = new FileReader()
    const read = new Promise(resolve => { reader.onload = () => resolve(reader.result) })
    reader.readAsDataURL(await answer.blob())
    return { status: answer.status, type: answer.headers.get('content-type'), base64: (await read).split(',')[1] }
  }, address)
  return { status, type, bytes: Buffer.from(base64, 'base64') }
}

async function download (page, link) {
  const [file] = await Promise.all([page.waitForEvent('download'), link.click()])
  const path = join(folder, file.suggestedFilename())
  await file.saveAs(path)
  return path
}

test('results morning', async t => {
  const withScripts = await waitForTheMorning(true)
  const without = await waitForTheMorning(false)

  // Secondaries have their results a day later, so that theirs is a countdown all the time.
  for (const role of ['school_all', 'la_user', 'ks3_user']) {
    await t.test(`${role} waits`, async () => {
      const context = await chromium.newContext()
      const page = await watched(context, ready)
      await signIn(page, ready, ready.account(role))
      for (const [place, path] of [['welcome', '/'], ['countdown', '/results']]) {
        const name = `before-${role}-${place}`
        await checkPage(page, await page.goto(ready.at(path)), { name })
        await picture(page, name)
        await checkNarrow(page, name)
        if (role !== 'ks3_user') continue
        await checkPrint(page, name)
        await checkKeyboard(page, name)
        if (place === 'countdown') await page.getByText(/^Your results open in [0-9]/).first().waitFor()
      }
      await context.close()
    })
  }

  await t.test('with scripts, results open in place', async () => {
    const page = withScripts
    // A page that is loaded again forgets this.
    await page.evaluate(() => { window.sameDocument = true })
    if (secondsLeft() > 5) await page.getByText(/^Your results open in [0-9]/).first().waitFor()
    await results(page).waitFor({ timeout: OPENING_MAX })
    assert.ok(secondsLeft() <= 0, 'not before the opening')
    assert.equal(await page.evaluate(() => window.sameDocument), true, 'opened in place')
    assert.equal(await page.evaluate(() => document.activeElement.tagName), 'H1', 'the heading is read out')
    assert.match(await page.title(), /^Key stage 2 results/)
    noFaults(page, 'opening in place')
  })
  await t.test('without scripts, the page loads itself again', async () => {
    await results(without).waitFor({ timeout: OPENING_MAX })
    assert.ok(secondsLeft() <= 0, 'not before the opening')
    await without.getByRole('link', { name: 'Scripts by pupil and paper' }).click()
    await without.getByRole('heading', { level: 1, name: 'Scripts' }).waitFor()
    await without.getByRole('button', { name: 'Sign out' }).click()
    await without.getByRole('button', { name: 'Sign in' }).waitFor()
  })
  await t.test('a script opens', () => openScript(withScripts))
  await t.test('all scripts come in one file', () => openBundle(withScripts))
  await t.test('the files for spreadsheets and systems', () => openFiles(withScripts))
  await t.test('after signing out, Back shows nothing', () => backAfterSignOut(withScripts))
})

async function openScript (page) {
  await page.getByRole('link', { name: 'Scripts by pupil and paper' }).click()
  const link = page.getByRole('link', { name: /^Open .*, PDF$/ }).first()
  const address = new URL(await link.getAttribute('href'), page.url()).href
  const script = await fetched(page, address)
  assert.deepEqual([script.status, script.type], [200, 'application/pdf'])
  const path = join(folder, 'script.pdf')
  writeFileSync(path, script.bytes)
  assert.match(execFileSync('pdfinfo', [path], { encoding: 'utf8' }), /^Pages: +[1-9]/m)
  execFileSync('pdftotext', [path, '-'])
  noFaults(page, 'a script')

  const answered = page.context().waitForEvent('response', response => response.url() === address)
  await link.click()
  assert.equal((await answered).status(), 200, 'the browser opens it')
  await page.goto(ready.at(`/results/${school.laestab}`))
}

// Every entry has the digest that the manifest inside promises.
async function openBundle (page) {
  const path = await download(page, page.getByRole('link', { name: /^All scripts.*ZIP/ }))
  execFileSync('unzip', ['-tqq', path])
  const inside = name => execFileSync('unzip', ['-p', path, name.replace(/[[\]*?\\]/g, '\\$&')], { maxBuffer: 2 ** 26 })
  const lines = inside('MANIFEST.csv').toString().trim().split('\r\n').slice(1)
  const here = lines.map(line => line.match(/^"?(?<file>.*?\.pdf)"?,(?<digest>[0-9a-f]{64})?,/)?.groups).filter(line => line?.digest)
  assert.ok(here.length > 20, `${here.length} scripts in the bundle`)
  for (const { file, digest } of here.slice(0, 3)) {
    assert.equal(createHash('sha256').update(inside(file)).digest('hex'), digest, file)
  }
}

async function openFiles (page) {
  const csv = readFileSync(await download(page, page.locator('a[href$="/results.csv"]')), 'utf8')
  assert.ok(csv.startsWith('\uFEFFDfENumber,URN,'), csv.slice(0, 40))
  const pupils = await page.locator('.daybreak-pupils tbody tr').count()
  assert.equal(csv.trim().split('\r\n').length - 1, pupils, 'a line for each pupil of the page')
  const xml = readFileSync(await download(page, page.locator('a[href$="/results.xml"]')), 'utf8')
  assert.match(xml, /^<\?xml /)
}

async function backAfterSignOut (page) {
  await page.goto(ready.at(`/results/${school.laestab}`))
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByRole('button', { name: 'Sign in' }).waitFor()
  await page.goBack()
  await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor()
  assert.equal(new URL(page.url()).pathname, '/sign-in')
}

const command = (...words) => execFileSync(process.env.DAYBREAK, [...words, '--data', ready.data], { stdio: 'pipe' })

test('a school that is held back', async t => {
  const release = words => command('release', words, ready.release, '--school', other.laestab, '--actor', 'release.officer1@agency.example')
  release('hold')
  const pages = { school_user: '/results', la_user: '/results', ks3_user: '/results' }
  for (const [role, path] of Object.entries(pages)) {
    await t.test(role, async () => {
      const context = await chromium.newContext()
      const page = await watched(context, ready)
      await signIn(page, ready, role === 'school_user' ? other : ready.account(role))
      const name = `held-${role}`
      await checkPage(page, await page.goto(ready.at(path)), { name })
      if (role === 'school_user') await page.getByText('held these results back').waitFor()
      await picture(page, name)
      await checkNarrow(page, name)
      await checkPrint(page, name)
      await checkKeyboard(page, name)
      await context.close()
    })
  }
  release('resume')
})

// Somebody's page in trouble: what it says, and that it is a page like any other.
async function inTrouble (role, path, { name, status, words }) {
  const context = await chromium.newContext()
  const page = await watched(context, ready)
  await signIn(page, ready, ready.account(role))
  await checkPage(page, await page.goto(ready.at(path)), { name, status })
  await page.getByText(words).first().waitFor()
  await picture(page, name)
  await checkNarrow(page, name)
  await checkPrint(page, name)
  await checkKeyboard(page, name)
  await context.close()
}

test('a release that is held back as a whole', async t => {
  const release = word => command('release', word, ready.release, '--actor', 'release.officer1@agency.example')
  release('hold')
  for (const [role, path] of Object.entries({ school_user: '/results', la_user: '/results' })) {
    await t.test(role, () => inTrouble(role, path, { name: `all-held-${role}`, status: 200, words: 'held' }))
  }
  await t.test('status', () => inTrouble('school_user', '/status', { name: 'all-held-status', status: 200, words: 'held back for now' }))
  release('resume')
})

// Nobody has read scripts of this school before, so none are in memory.
test('scripts whose store is away', async () => {
  const away = `${ready.blob_dir}.away`
  renameSync(ready.blob_dir, away)
  try {
    const unread = ready.accountsOf('school_user').at(-1)
    const context = await chromium.newContext()
    const page = await watched(context, ready)
    await signIn(page, ready, unread)
    await page.goto(ready.at(`/results/${unread.laestab}/scripts`))
    const link = await page.getByRole('link', { name: /^Open .*, PDF$/ }).first().getAttribute('href')
    await checkPage(page, await page.goto(new URL(link, page.url()).href), { name: 'store-away', status: 503 })
    await page.getByRole('heading', { name: 'The scripts cannot be read just now' }).waitFor()
    await picture(page, 'store-away')
    await checkNarrow(page, 'store-away')
    await context.close()
  } finally {
    renameSync(away, ready.blob_dir)
  }
})
