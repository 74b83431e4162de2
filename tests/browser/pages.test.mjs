// Every page in its states, for everybody, once results are open.
import { after, before, test } from 'node:test'
import { checkKeyboard, checkNarrow, checkPage, checkPrint, picture } from './checks.mjs'
import { browser, demo, signIn, watched } from './support.mjs'

const ready = demo('OPEN_DEMO')
const school = ready.account('school_user')
const secondary = ready.account('ks3_user')
const own = path => `/results/${school.laestab}${path}`
let chromium

before(async () => { chromium = await browser(ready) })
after(() => chromium.close())

const submit = (page, name) => Promise.all([
  page.waitForEvent('response', response => response.request().isNavigationRequest()),
  page.getByRole('button', { name }).click()
]).then(async ([response]) => {
  await page.waitForLoadState()
  return response
})

async function signInWith (page, username, password) {
  await page.goto(ready.at('/sign-in'))
  await page.getByLabel('Email address').fill(username)
  await page.getByLabel('Password', { exact: true }).fill(password)
  return submit(page, 'Sign in')
}

// Somebody's pages: a name, then an address, or what to do to come to the page.
const EVERYBODY = {
  start: '/',
  'sign-in': '/sign-in',
  'sign-in-empty': [422, page => signInWith(page, '', '')],
  'sign-in-code': [200, async page => {
    const { username, password } = ready.account('auditor')
    await signInWith(page, username, password)
    await page.waitForURL('**/sign-in/code')
    return page.reload()
  }],
  'sign-in-code-refused': [422, async page => {
    const { username, password } = ready.account('auditor')
    await signInWith(page, username, password)
    await page.getByLabel('Code').fill('000000')
    return submit(page, 'Continue')
  }],
  'sign-in-refused': [422, page => signInWith(page, 'nobody@school.example', 'wrong password')],
  'forgotten-password': '/forgotten-password',
  'forgotten-password-empty': [422, async page => {
    await page.goto(ready.at('/forgotten-password'))
    return submit(page, 'Send a link')
  }],
  'forgotten-password-sent': '/forgotten-password?sent',
  'set-up-account-gone': [410, '/set-up-account/x'],
  'request-account': '/request-account',
  'request-account-found': `/request-account?q=${school.laestab}`,
  'request-account-nothing': [422, '/request-account?q=zzzz'],
  'request-account-empty': [422, async page => {
    await page.goto(ready.at(`/request-account?q=${school.laestab}`))
    await page.locator('a[href*="?organisation="]').click()
    return submit(page, 'Send request')
  }],
  'request-account-sent': '/request-account?sent',
  help: '/help',
  cookies: '/cookies',
  accessibility: '/accessibility',
  status: '/status',
  'not-found': [404, '/nowhere'],
  'not-allowed': [405, '/sign-out'],
  'bad-request': [400, async page => {
    await page.goto(ready.at('/sign-in'))
    // A field sent twice is not a form of ours.
    await page.locator('[name=username]').evaluate(field => field.after(field.cloneNode()))
    return submit(page, 'Sign in')
  }],
  'form-without-proof': [403, async page => {
    await page.goto(ready.at('/sign-in'))
    await page.locator('[name=_csrf]').evaluate(field => field.remove())
    return submit(page, 'Sign in')
  }],
  'too-large': [413, async page => {
    await page.goto(ready.at('/sign-in'))
    await page.getByLabel('Email address').evaluate(field => { field.value = 'a'.repeat(70_000) })
    return submit(page, 'Sign in')
  }]
}
const SCHOOL = {
  welcome: '/',
  results: own(''),
  gps: own('/gps'),
  reading: own('/reading'),
  maths: own('/maths'),
  scripts: own('/scripts'),
  calculator: '/results/calculator',
  'calculator-answer': '/results/calculator?subject=reading&raw=28',
  'calculator-empty': [422, '/results/calculator?raw=+'],
  'calculator-too-high': [422, '/results/calculator?subject=reading&raw=51'],
  help: '/help',
  account: '/account',
  'account-password': '/account/password',
  'account-password-refused': [422, async page => {
    await page.goto(ready.at('/account/password'))
    await page.getByLabel('New password').fill('password')
    return submit(page, 'Change password')
  }],
  activity: '/activity',
  'form-over': '/activity/headteachers-declaration-ks2',
  organisation: '/organisation',
  'other-school': [404, '/results/1234567']
}
const GROUP = {
  welcome: '/',
  schools: '/results',
  'schools-found': `/results?q=${school.laestab}`,
  'schools-none': '/results?q=zzz',
  school: own(''),
  'school-maths': own('/maths'),
  organisation: '/organisation',
  'organisation-school': `/organisation/${school.laestab}`,
  calculator: '/results/calculator'
}
const PEOPLE = {
  nobody: EVERYBODY,
  school_user: SCHOOL,
  school_account_manager: {
    welcome: '/',
    forbidden: [403, '/results'],
    organisation: '/organisation',
    'organisation-change': '/organisation/change',
    'organisation-empty': [422, async page => {
      await page.goto(ready.at('/organisation/change'))
      await page.getByLabel('Email address').fill('nobody')
      return submit(page, 'Continue')
    }],
    'organisation-check': [200, async page => {
      await page.goto(ready.at('/organisation/change'))
      await page.getByLabel('Telephone number').fill('01632 960 777')
      await page.getByLabel('Email address').fill('office@school.example')
      return submit(page, 'Continue')
    }],
    accesses: '/organisation/accesses',
    users: '/users',
    'users-create': '/users/create',
    'users-create-empty': [422, async page => {
      await page.goto(ready.at('/users/create'))
      await page.getByLabel('Email address', { exact: true }).fill('nobody')
      return submit(page, 'Continue')
    }],
    'users-check': [200, async page => {
      await page.goto(ready.at('/users/create'))
      await page.getByLabel('Schools – User').check()
      await page.getByLabel('First name').fill('Zoë')
      await page.getByLabel('Last name').fill("O'Brien")
      await page.getByLabel('Job title').fill('Deputy head')
      await page.getByLabel('Telephone number').fill('01632 960 777')
      await page.getByLabel('Email address', { exact: true }).fill('zoe@school.example')
      await page.getByLabel('Email address again').fill('zoe@school.example')
      return submit(page, 'Continue')
    }],
    user: [200, async page => {
      await page.goto(ready.at('/users'))
      const [response] = await Promise.all([
        page.waitForEvent('response', response => response.request().isNavigationRequest()),
        page.locator('tbody a').first().click()
      ])
      await page.waitForLoadState()
      return response
    }],
    'users-cover': '/users/cover',
    'users-review': '/users/review',
    switch: '/account/switch'
  },
  school_access_arrangements: { welcome: '/', forbidden: [403, '/results'] },
  helpline: {
    sessions: '/account/sessions',
    stay: '/session',
    'second-factor': '/account/second-factor',
    'second-factor-app': '/account/second-factor/app',
    'second-factor-app-refused': [422, async page => {
      await page.goto(ready.at('/account/second-factor/app'))
      await page.getByLabel('Code', { exact: true }).fill('000000')
      await page.getByLabel('Your password', { exact: true }).fill(ready.account('helpline').password)
      return submit(page, 'Continue')
    }],
    'recovery-codes-form': '/account/second-factor/codes',
    'recovery-codes': [200, async page => {
      await page.goto(ready.at('/account/second-factor/codes'))
      await page.getByLabel('Your password', { exact: true }).fill(ready.account('helpline').password)
      const shown = page.waitForResponse(response => response.request().method() === 'GET' && response.url().endsWith('/codes'))
      await submit(page, 'Make new codes')
      await page.waitForLoadState()
      return shown
    }],
    'second-factor-remove': '/account/second-factor/remove',
    welcome: '/',
    'view-as': '/staff/view-as',
    'view-as-found': `/staff/view-as?q=${school.laestab}`,
    'view-as-many': '/staff/view-as?q=school',
    'view-as-nothing': [422, '/staff/view-as?q=zzzz'],
    'view-as-empty': [422, async page => {
      await page.goto(ready.at('/staff/view-as?q=school'))
      return submit(page, 'View as this organisation')
    }],
    // From here on as the school sees it.
    'viewed-welcome': [200, async page => {
      await page.goto(ready.at(`/staff/view-as?q=${school.laestab}`))
      await page.getByLabel('Why do you look?').fill('Call 4711: they cannot find the page about their users, and want to know who may create them')
      await page.getByRole('button', { name: 'View as this organisation' }).click()
      await page.waitForURL(url => url.pathname === '/')
      return page.reload()
    }],
    'viewed-users': '/users',
    'viewed-organisation': '/organisation',
    'viewed-accesses': '/organisation/accesses',
    'viewed-results': [403, `/results/${school.laestab}`],
    'viewed-account': [403, '/account'],
    'viewed-sent': [403, async page => {
      await page.goto(ready.at('/organisation/change'))
      return submit(page, 'Continue')
    }],
    'view-as-ended': [200, async page => {
      await page.goto(ready.at('/'))
      await page.getByRole('button', { name: 'End now' }).click()
      await page.waitForURL('**/staff/view-as?ended')
      return page.reload()
    }]
  },
  queue_operator: {
    welcome: '/',
    queue: '/staff/queue',
    'queue-empty': [422, async page => {
      await page.goto(ready.at('/staff/queue'))
      return submit(page, 'Change the waiting room')
    }],
    'queue-rate': [422, async page => {
      await page.goto(ready.at('/staff/queue'))
      await page.getByLabel('Change the rate').check()
      await page.getByLabel('Sign-ins a second').fill('0')
      return submit(page, 'Change the waiting room')
    }],
    'queue-caller': '/staff/queue?reference=QF7-3KD',
    'queue-what-if': '/staff/queue?what_if=30',
    'queue-report': '/staff/queue/report'
  },
  release_officer: {
    welcome: '/',
    releases: '/staff/releases',
    release: `/staff/releases/${ready.release}`,
    'release-empty': [422, async page => {
      await page.goto(ready.at(`/staff/releases/${ready.release}`))
      return submit(page, 'Hold results back')
    }],
    reconciliation: '/staff/reconciliation'
  },
  security_admin: {
    welcome: '/',
    accounts: '/staff/users',
    'accounts-none': [422, async page => {
      await page.goto(ready.at('/staff/users'))
      await page.getByLabel('Email address').fill('nobody@school.example')
      return submit(page, 'Find the account')
    }],
    account: [200, async page => {
      await page.goto(ready.at('/staff/users'))
      await page.getByLabel('Email address').fill(ready.account('auditor').username)
      const shown = page.waitForResponse(response => response.request().method() === 'GET' && /users\/\d+$/.test(response.url()))
      await submit(page, 'Find the account')
      await page.waitForLoadState()
      return shown
    }],
    'account-empty': [422, async page => submit(page, 'Propose to remove the second factor')],
    'staff-create': '/users/create'
  },
  la_user: GROUP,
  mat_user: { welcome: '/', schools: '/results' },
  ks3_user: { welcome: '/', results: '/results', maths: `/results/${secondary.laestab}/maths`, calculator: '/results/calculator' },
  provider_viewer: { welcome: '/', forbidden: [403, '/results'] }
}

for (const [role, pages] of Object.entries(PEOPLE)) {
  test(`pages of ${role}`, async t => {
    const context = await chromium.newContext({ reducedMotion: 'reduce' })
    const page = await watched(context, ready)
    if (role !== 'nobody') await signIn(page, ready, ready.account(role))
    for (const [place, how] of Object.entries(pages)) {
      const name = `${role}-${place}`
      await t.test(place, async () => {
        const [status, way] = Array.isArray(how) ? how : [200, how]
        const response = typeof way === 'string' ? await page.goto(ready.at(way)) : await way(page)
        await checkPage(page, response, { name, status })
        await picture(page, name)
        await checkNarrow(page, name)
        await checkPrint(page, name)
        await checkKeyboard(page, name)
      })
    }
    await context.close()
  })
}

// Roles whose welcome page says something else again.
for (const role of ['school_all', 'ks3_account_manager', 'la_account_manager', 'provider_manager', 'marker', 'caseworker']) {
  test(`the welcome of ${role}`, async () => {
    const context = await chromium.newContext()
    const page = await watched(context, ready)
    await signIn(page, ready, ready.account(role))
    await checkPage(page, await page.goto(ready.at('/')), { name: `${role}-welcome` })
    await picture(page, `${role}-welcome`)
    await checkNarrow(page, role)
    await context.close()
  })
}
