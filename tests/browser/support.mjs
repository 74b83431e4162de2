// What the browser tests stand on: a demo's ready file, a browser that trusts it, and a watch on every page.
import assert from 'node:assert/strict'
import { createHash, createHmac, X509Certificate } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { chromium } from 'playwright-core'

export const DESK = { width: 1200, height: 900 }
export const PHONE = { width: 360, height: 740 }
// 1280 by 1024 at 400 %.
export const ZOOMED = { width: 320, height: 256 }

export function demo (variable) {
  const ready = JSON.parse(readFileSync(process.env[variable], 'utf8'))
  return {
    ...ready,
    data: process.env[variable].replace(/\.json$/, ''),
    at: path => ready.base_url + path,
    account: role => ready.accounts.find(account => account.role === role),
    accountsOf: role => ready.accounts.filter(account => account.role === role)
  }
}

// The digest of the server's key, after Node has checked its certificate against the demo's own authority.
function pinnedKey (ready) {
  const { hostname, port } = new URL(ready.base_url)
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port, servername: hostname, ca: readFileSync(ready.ca_file) }, () => {
      const certificate = new X509Certificate(socket.getPeerCertificate().raw)
      socket.end()
      const key = certificate.publicKey.export({ type: 'spki', format: 'der' })
      resolve(createHash('sha256').update(key).digest('base64'))
    })
    socket.once('error', reject)
  })
}

// Chromium reads certificate authorities from an NSS database only, whose tools are not installed everywhere.
// So it is told the one key to trust; every other certificate is checked as usual.
export async function browser (ready) {
  const args = [
    '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync',
    `--ignore-certificate-errors-spki-list=${await pinnedKey(ready)}`
  ]
  if (process.getuid() === 0) args.push('--no-sandbox')
  return chromium.launch({ executablePath: process.env.CHROMIUM, args })
}

// A page under watch: `faults` collects what must never happen on any page.
export async function watched (context, ready) {
  const page = await context.newPage()
  const faults = []
  const origin = new URL(ready.base_url).origin
  await page.exposeBinding('reportViolation', (_, words) => faults.push(words))
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', event => {
      window.reportViolation(`policy: ${event.violatedDirective} ${event.blockedURI}`)
    })
  })
  page.on('pageerror', error => faults.push(`script: ${error.message}`))
  page.on('console', message => {
    // That the page itself has a status of an error is what some tests ask for.
    const expected = /Failed to load resource: .* status of [45]/.test(message.text()) && message.location().url === page.url()
    if (['error', 'warning'].includes(message.type()) && !expected) faults.push(`console: ${message.text()}`)
  })
  page.on('request', request => {
    const url = new URL(request.url())
    if (url.origin !== origin && !['data:', 'blob:'].includes(url.protocol)) faults.push(`another host: ${url.href}`)
  })
  page.faults = () => faults.splice(0)
  return page
}

export async function signIn (page, ready, account, to = '/') {
  await page.goto(ready.at(`/sign-in?return_to=${to}`))
  await page.getByLabel('Email address').fill(account.username)
  await page.getByLabel('Password', { exact: true }).fill(account.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL(url => url.pathname !== '/sign-in')
  if (!account.totp_secret) return
  await page.getByLabel('Code').fill(await nextCode(account.totp_secret))
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.waitForURL(url => url.pathname !== '/sign-in/code')
}

const STEP = 30_000
const used = new Map()

// A code that was not used in this process; the server takes those of a step before and after.
export async function nextCode (secret) {
  for (;;) {
    const now = Math.floor(Date.now() / STEP)
    const step = Math.max((used.get(secret) ?? 0) + 1, now - 1)
    if (step <= now + 1) {
      used.set(secret, step)
      return codeOf(secret, step)
    }
    await new Promise(resolve => setTimeout(resolve, 500))
  }
}

function codeOf (secret, step) {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = [...secret].map(sign => letters.indexOf(sign).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from(bits.match(/.{8}/g).map(byte => parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const tag = createHmac('sha1', key).update(counter).digest()
  const number = tag.readUInt32BE(tag[19] & 15) & 0x7fffffff
  return String(number % 1_000_000).padStart(6, '0')
}

export async function screenshot (page, name, viewport) {
  const folder = process.env.SCREENSHOTS
  if (!folder) return
  mkdirSync(folder, { recursive: true })
  await page.setViewportSize(viewport)
  await page.screenshot({ path: join(folder, `${name}-${viewport.width}.png`), fullPage: true })
}

export function noFaults (page, name) {
  assert.deepEqual(page.faults(), [], name)
}
