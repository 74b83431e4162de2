// Second factors and the end of a session, as a browser with a script has them.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { checkPage, picture, runAxe } from './checks.mjs'
import { browser, demo, noFaults, signIn, watched } from './support.mjs'

const ready = demo('OPEN_DEMO')
const account = ready.account('senior_caseworker')
let chromium

before(async () => { chromium = await browser(ready) })
after(() => chromium.close())

// An authenticator of the browser's own.
async function authenticator (context, page) {
  const cdp = await context.newCDPSession(page)
  await cdp.send('WebAuthn.enable')
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true
    }
  })
  return { cdp, authenticatorId }
}

async function addPasskey (page, name) {
  await page.goto(ready.at('/account/second-factor/passkeys'))
  await page.getByLabel('Your password', { exact: true }).fill(account.password)
  await page.getByLabel('Name of this passkey').fill(name)
  await page.getByRole('button', { name: 'Add a passkey' }).click()
  await page.getByText(name, { exact: true }).waitFor()
}

// As far as the question for a code, and its answer with a passkey.
async function answerWithPasskey (page, shown) {
  await page.goto(ready.at('/sign-in?return_to=/account/second-factor/passkeys'))
  await page.getByLabel('Email address').fill(account.username)
  await page.getByLabel('Password', { exact: true }).fill(account.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL(url => url.pathname === '/sign-in/code')
  if (shown) await picture(page, shown)
  await page.getByRole('button', { name: 'Use a passkey' }).click()
}

test('a passkey is added, signs in, and is removed; a copy of it is refused', async () => {
  const context = await chromium.newContext()
  const page = await watched(context, ready)
  const { cdp, authenticatorId } = await authenticator(context, page)
  await signIn(page, ready, account)
  await addPasskey(page, 'Work laptop')
  await page.getByRole('button', { name: 'Sign out' }).click()
  await answerWithPasskey(page, 'code-with-passkey')
  await page.waitForURL(url => url.pathname === '/account/second-factor/passkeys')

  // Somebody has copied it, and their count of signatures begins anew: it is refused.
  await page.getByRole('button', { name: 'Sign out' }).click()
  const { credentials: [credential] } = await cdp.send('WebAuthn.getCredentials', { authenticatorId })
  assert.ok(credential.signCount > 0, 'this authenticator counts')
  const replace = async signCount => {
    await cdp.send('WebAuthn.clearCredentials', { authenticatorId })
    await cdp.send('WebAuthn.addCredential', { authenticatorId, credential: { ...credential, signCount } })
  }
  await replace(0)
  await answerWithPasskey(page)
  await page.getByRole('alert').waitFor()
  assert.equal(new URL(page.url()).pathname, '/sign-in/code')
  await replace(credential.signCount)
  await answerWithPasskey(page)
  await page.waitForURL(url => url.pathname === '/account/second-factor/passkeys')

  // Only now: the session of the debugger that looks at the page takes the authenticator along when it ends.
  await checkPage(page, await page.reload(), { name: 'passkeys', status: 200 })
  await picture(page, 'passkeys')

  // Taken away with the password, and only with it.
  const remove = page.getByRole('button', { name: 'Remove Work laptop' })
  await page.getByLabel('Your password', { exact: true }).fill('A-wrong-0ne!')
  await remove.click()
  await page.getByRole('alert').waitFor()
  await page.getByText('Work laptop', { exact: true }).waitFor()
  await page.getByLabel('Your password', { exact: true }).fill(account.password)
  await remove.click()
  await page.getByText('Work laptop', { exact: true }).waitFor({ state: 'hidden' })
  await picture(page, 'passkeys-removed')
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.goto(ready.at('/sign-in'))
  await page.getByLabel('Email address').fill(account.username)
  await page.getByLabel('Password', { exact: true }).fill(account.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL(url => url.pathname === '/sign-in/code')
  assert.equal(await page.getByRole('button', { name: 'Use a passkey' }).count(), 0, 'a code is asked for')
  noFaults(page, 'passkeys')
  await context.close()
})

test('two minutes before a session ends the page asks, and goes on', async () => {
  const context = await chromium.newContext()
  const page = await watched(context, ready)
  await page.clock.install()
  await signIn(page, ready, ready.account('school_account_manager'))
  await page.goto(ready.at('/organisation/change'))
  await page.getByLabel('Telephone number').fill('01632 960 777')
  // The server's clock cannot be moved from here: what it would say then is said in its place.
  await page.route('**/session/left', route => route.fulfill({ json: { seconds: 110 } }))
  await page.clock.fastForward('18:30')
  const dialog = page.getByRole('dialog', { name: 'You will be signed out soon' })
  await dialog.waitFor()
  assert.match(await dialog.textContent(), /signed out in 1 minute/)
  assert.deepEqual((await runAxe(page)).violations, [])
  await picture(page, 'session-dialog')
  await page.keyboard.press('Enter')
  await dialog.waitFor({ state: 'hidden' })
  assert.equal(await page.getByLabel('Telephone number').inputValue(), '01632 960 777')

  // Left alone, the form stays, and the page says that nothing is lost.
  await page.route('**/session/left', route => route.fulfill({ json: { seconds: 0 } }))
  await page.clock.fastForward('20:30')
  await page.getByRole('dialog', { name: 'You were signed out' }).waitFor()
  await picture(page, 'session-over')
  await page.getByRole('button', { name: 'Go back to the form' }).click()
  assert.equal(await page.getByLabel('Telephone number').inputValue(), '01632 960 777')
  noFaults(page, 'session')
  await context.close()
})
