/** The settings in a real browser: what is typed is stored or kept, what others did meanwhile is said, and secrets are shown once. */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createDeskClient, type DeskClient } from '#src/client/client.js'
import { faultsInBothThemes } from '../support/axe.js'
import { expectQuiet, useChromium } from '../support/browser.js'
import { Ends, openAccessDesk } from '../support/access-desk.js'
import { openDesk, type OpenDesk } from '../support/desk-door.js'
import { missing } from '../support/requirements.js'
import { signedIn } from '../support/session.js'
import { sqliteTarget } from '../support/target.js'

const PASSWORD = 'correct horse battery staple'

describe.skipIf(missing('chromium'))('the settings', () => {
  const { visit, another } = useChromium()

  describe('of an open desk', () => {
    let desk: OpenDesk
    let client: DeskClient
    const at = (part: string): string => `${desk.door.url}/settings/${part}`
    beforeAll(async () => {
      desk = await openDesk()
      client = createDeskClient({ endpoint: desk.door.url })
      await client.users.create({ handle: 'ann', role: 'admin' })
      await client.fields.create({ name: 'site', type: 'choice', choices: ['fra', 'ams'] })
    })
    afterAll(() => desk.close())

    test('make a queue and give it fields, and say at the member what is wrong', async () => {
      await client.queues.create({ name: 'network' })
      const { page } = await visit(at('queues'))
      await page.getByRole('button', { name: 'New queue' }).click()
      await page.getByLabel('Name').fill('Network')
      await page.getByRole('button', { name: 'Add a field' }).click()
      await page.keyboard.press('Enter')
      await page.getByLabel('required').check()
      await page.getByRole('button', { name: 'Create' }).click()
      // Another one is the same by that name: nothing typed is lost.
      await page.getByRole('alert').filter({ hasText: 'network' }).waitFor()
      await page.getByLabel('Name').fill('storage')
      await page.keyboard.press('Control+Enter')
      await page.locator('.make').waitFor({ state: 'detached' })
      await page.getByRole('cell', { name: 'storage', exact: true }).waitFor()
      expect(await client.queues.get('storage')).toMatchObject({
        fields: [{ name: 'site', required: true, public: false }],
      })
    })

    test('say whence a label has its colour, and show none before it has a name', async () => {
      const { page } = await visit(at('labels'))
      await page.getByRole('button', { name: 'New label' }).click()
      await page.getByText('The ring is the colour that follows from the name.').waitFor()
      const ring = page.locator('.swatch__dot').first()
      const color = () => ring.evaluate((element) => getComputedStyle(element).boxShadow)
      const before = await color()
      expect(await page.locator('.swatches .label').count()).toBe(0)
      await page.getByLabel('Name', { exact: true }).fill('hardware')
      await page.locator('.swatches .label', { hasText: 'hardware' }).waitFor()
      expect(await color()).not.toBe(before)
      const others = await page
        .locator('.swatch:not(:first-child) .swatch__dot')
        .evaluateAll((all) => all.map((element) => getComputedStyle(element).backgroundColor))
      expect(others.filter((other) => before.includes(other))).toEqual([])
      await page.getByRole('button', { name: 'Cancel' }).click()
    })

    test('show what somebody else made of a label meanwhile, and store both', async () => {
      await client.labels.create({ name: 'disk' })
      const { page } = await visit(at('labels'))
      await page.getByRole('button', { name: 'More about disk' }).click()
      await page.keyboard.press('Enter')
      await page.getByLabel('Description').fill('Disks and what is on them')
      await client.labels.change('disk', { color: '#1d76db' })
      await page.getByRole('button', { name: 'Save' }).click()
      const alert = page.getByRole('alert').filter({ hasText: 'Somebody else changed disk' })
      await alert.filter({ hasText: 'Colour is now: #1d76db' }).waitFor()
      await alert.getByRole('button', { name: 'Save mine as well' }).click()
      await page.locator('.make').waitFor({ state: 'detached' })
      await page.getByRole('cell', { name: 'Disks and what is on them' }).waitFor()
      expect(await client.labels.get('disk')).toMatchObject({
        color: '#1d76db',
        description: 'Disks and what is on them',
      })
    })

    test('count the tickets of what is to be deleted, and merge it instead', async () => {
      for (const name of ['etcd', 'etcd-cluster']) await client.labels.create({ name })
      const { number } = await client.tickets.create({ title: 'Slow', labels: ['etcd-cluster'] })
      const { page } = await visit(at('labels'))
      await page.getByRole('button', { name: 'More about etcd-cluster' }).click()
      await page.keyboard.type('delete')
      await page.keyboard.press('Enter')
      await page.locator('.make .btn--danger').click()
      await page.getByText('One ticket uses the label').waitFor()
      await page.getByRole('button', { name: 'Merge into another' }).click()
      await page.getByLabel('Into').click()
      await page.keyboard.type('etcd')
      await page.keyboard.press('Enter')
      await page.locator('.make .btn--danger').click()
      await page.getByRole('button', { name: 'More about etcd-cluster' }).waitFor({ state: 'detached' })
      expect((await client.tickets.get(number)).labels).toEqual(['etcd'])
    })

    test('put statuses in order, and narrow where tickets may go', async () => {
      const { page } = await visit(at('statuses'))
      await page.getByRole('button', { name: 'Move closed up' }).click()
      await page.getByRole('status').filter({ hasText: 'Move closed up' }).waitFor()
      const positions = async (): Promise<number[]> =>
        Promise.all(['closed', 'resolved'].map(async (name) => (await client.statuses.get(name)).position))
      const [closed = 0, resolved = 0] = await positions()
      expect(closed).toBeLessThan(resolved)
      await page.getByRole('button', { name: 'More about open' }).click()
      await page.keyboard.press('Enter')
      await page.getByLabel('Only these').check()
      await page.getByRole('checkbox', { name: 'waiting' }).uncheck()
      await page.keyboard.press('Control+Enter')
      await page.getByRole('cell', { name: '3 statuses' }).waitFor()
      expect((await client.statuses.get('open')).moves).toEqual(['in-progress', 'closed', 'resolved'])
    })

    test('have no faults of accessibility', async () => {
      const shown = await visit(at('queues'))
      const { page } = shown
      for (const part of ['Statuses', 'Labels', 'People', 'Preferences']) {
        await page.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name: part }).click()
        await page.getByRole('heading', { level: 1, name: part }).waitFor()
        const make = page.locator('.set__head .btn')
        if ((await make.count()) > 0) await make.click()
        expect(await faultsInBothThemes(page)).toEqual([])
      }
      expectQuiet(shown)
    })
  })

  test('close an open desk with an admin’s password, and make a token whose secret is shown once', async () => {
    const desk = await openDesk()
    try {
      const client = createDeskClient({ endpoint: desk.door.url })
      await client.users.create({ handle: 'ben' })
      const shown = await visit(`${desk.door.url}/settings/tokens`)
      const { page } = shown
      await page.getByText('The first password closes it').waitFor()
      await page.getByLabel('Admin').click()
      await page.keyboard.type('ann')
      await page.keyboard.press('Enter')
      for (const label of ['Password', 'The same password again'])
        await page.getByLabel(label, { exact: true }).fill(PASSWORD)
      await page.getByLabel('I understand').check()
      await page.getByRole('button', { name: 'Close the desk and sign in' }).click()
      await page.getByRole('button', { name: 'New token' }).click()
      await page.getByLabel('What is it for?').fill('nightly report')
      await page.getByText('Another day can be typed in the menu, as 2027-02-25.').waitFor()
      await page.getByLabel('read keys').check()
      expect(await faultsInBothThemes(page)).toEqual([])
      await page.getByRole('button', { name: 'Make the token' }).click()
      const secret = await page.locator('.cmd--token code').textContent()
      expect(secret).toMatch(/^edk_/u)
      expect(await page.locator('.once .cmd--quiet code').textContent()).toContain(
        `/v1/tickets' -H "Authorization: Bearer ${secret}"`,
      )
      // Looking elsewhere does not lose it.
      await page.goto(`${desk.door.url}/settings/tokens#`)
      const program = createDeskClient({ endpoint: desk.door.url, token: secret ?? '' })
      expect(await program.me()).toMatchObject({ user: 'ann', role: 'admin' })
      await page.getByRole('link', { name: 'Sessions' }).click()
      await page.getByText('this one').waitFor()
      expect(await faultsInBothThemes(page)).toEqual([])
      await page.getByRole('link', { name: 'Tokens' }).click()
      expect(await page.locator('.cmd--token code').textContent()).toBe(secret)
      await page.getByRole('button', { name: 'Revoke nightly report' }).click()
      await page.locator('.more .btn--danger').click()
      await page.getByText('There are no tokens.').waitFor()
      await expect(program.me()).rejects.toMatchObject({ status: 401 })
      expectQuiet(shown)
    } finally {
      await desk.close()
    }
  })

  test('close an open desk with the password of somebody who is there, an admin by that, and go on hearing', async () => {
    const desk = await openDesk()
    try {
      const client = createDeskClient({ endpoint: desk.door.url })
      const { page } = await visit(`${desk.door.url}/settings/tokens`)
      const admin = page.getByLabel('Admin')
      await admin.click()
      await page.getByText('Type a name: who is to be the admin.').waitFor()
      await page.keyboard.press('Escape')
      await client.users.create({ handle: 'zoe' })
      await client.users.create({ handle: 'ben' })
      await client.users.change('ben', { active: false })
      await client.users.create({ handle: 'ada', role: 'admin' })
      const options = page.getByRole('option')
      await expect
        .poll(async () => {
          await admin.click()
          const found = await options.allTextContents()
          await page.keyboard.press('Escape')
          return found.length
        })
        .toBe(3)
      await admin.click()
      expect(await options.first().textContent()).toContain('ada')
      expect(await options.filter({ hasText: 'ben' }).textContent()).toContain('not active')
      // Another way to write who is there makes nobody else.
      await page.keyboard.type('ZOE')
      expect(await options.allTextContents()).toEqual([expect.stringContaining('zoeagent')])
      await page.keyboard.press('Enter')
      await page.getByText('zoe is agent now, and an admin once the desk is closed.').waitFor()
      for (const label of ['Password', 'The same password again'])
        await page.getByLabel(label, { exact: true }).fill(PASSWORD)
      await page.getByLabel('I understand').check()
      await page.getByRole('button', { name: 'Close the desk and sign in' }).click()
      await page.locator('.me', { hasText: 'zoe' }).waitFor()
      await page.getByRole('button', { name: 'New token' }).waitFor()
      await page.getByRole('link', { name: 'People' }).click()
      await page.getByRole('button', { name: 'Role: admin, zoe' }).waitFor()
      // Her new password ends all her sessions, and what they follow.
      await page.getByRole('link', { name: 'Sessions' }).click()
      await page.getByLabel('Password of now').fill(PASSWORD)
      const next = `${PASSWORD} and more`
      await page.getByLabel('New password').fill(next)
      await page.getByLabel('The same password again').fill(PASSWORD)
      await page.getByRole('button', { name: 'Set password' }).click()
      await page.getByRole('alert').filter({ hasText: 'not the same' }).waitFor()
      await page.getByLabel('The same password again').fill(next)
      await page.getByRole('button', { name: 'Set password' }).click()
      await page.getByRole('status').filter({ hasText: 'The password is set' }).waitFor()
      // It goes on hearing of everything.
      await page.evaluate(async () => {
        const headers = { 'Content-Type': 'application/json' }
        await fetch('/v1/labels', { method: 'POST', headers, body: JSON.stringify({ name: 'quiet' }) })
      })
      await page.getByRole('link', { name: 'Labels' }).click()
      await page.getByRole('cell', { name: 'quiet', exact: true }).waitFor()
    } finally {
      await desk.close()
    }
  })

  test('close a desk for whoever says who one is, in all tabs and browsers', async () => {
    const desk = await openDesk()
    onTestFinished(() => desk.close())
    const { url } = desk.door
    const client = createDeskClient({ endpoint: url })
    await client.users.create({ handle: 'zoe' })
    const localStorage = [{ name: 'etcdesk.as', value: JSON.stringify('zoe') }]
    const asZoe = { storageState: { cookies: [], origins: [{ origin: url, localStorage }] } }
    const shown = await visit(`${url}/settings/tokens`, asZoe)
    const tab = await another(shown, `${url}/settings/preferences`)
    await tab.page.getByLabel('Acting as').locator('bdi', { hasText: 'zoe' }).waitFor()
    const elsewhere = await visit(`${url}/settings/preferences`, asZoe)
    await elsewhere.page.waitForSelector('.line--live .line__index')
    const { page } = shown
    await page.getByLabel('Admin').click()
    await page.keyboard.press('Enter')
    for (const label of ['Password', 'The same password again'])
      await page.getByLabel(label, { exact: true }).fill(PASSWORD)
    await page.getByLabel('I understand').check()
    await page.getByRole('button', { name: 'Close the desk and sign in' }).click()
    await page.getByRole('button', { name: 'New token' }).waitFor()
    // The other tab is signed in with this one.
    await tab.page.getByText('You are signed in as zoe, admin.').waitFor()
    // Elsewhere one has to sign in, and is taken at one's word no more.
    await elsewhere.page.fill('input[name=user]', 'zoe')
    await elsewhere.page.fill('input[name=password]', PASSWORD)
    await elsewhere.page.click('#sign-in button')
    await elsewhere.page.getByText('You are signed in as zoe, admin.').waitFor()
    expect([...shown.complaints, ...tab.complaints]).toEqual([])
  })

  test('offer whoever is made on a closed desk a link to come in by', async () => {
    const ends = new Ends()
    onTestFinished(() => ends.end())
    const desk = await openAccessDesk({ target: sqliteTarget, until: ends.until })
    await desk.token('ada')
    const { url } = desk.doorOf(0)
    const shown = await visit(`${url}/settings/users`, signedIn(await desk.signIn('ada')))
    const { page } = shown
    // Whatever is shown of the others.
    await page.getByRole('button', { name: /^Requesters/u }).click()
    const make = async (handle: string, role = 'agent'): Promise<void> => {
      await page.getByRole('button', { name: 'New person' }).click()
      await page.locator('.make').getByLabel('Handle').fill(handle)
      await page.locator('.make').getByLabel('Role').click()
      await page.keyboard.type(role)
      await page.keyboard.press('Enter')
      await page.keyboard.press('Control+Enter')
      await page
        .getByRole('status')
        .filter({ hasText: `Made: ${handle}` })
        .waitFor()
    }
    await make('zed')
    await page.getByText('zed has no password yet').waitFor()
    expect(await faultsInBothThemes(page)).toEqual([])
    // Nothing is made before one says so, which Enter does.
    expect(shown.requests.filter((asked) => asked.endsWith('/sign-in-links'))).toEqual([])
    await page.keyboard.press('Enter')
    await page.locator('.cmd--token code', { hasText: '#link=edl_' }).waitFor()
    await page.getByRole('button', { name: 'Copy' }).and(page.locator(':focus')).waitFor()
    await page.getByRole('button', { name: 'Done' }).click()
    await page.locator('.more').waitFor({ state: 'detached' })
    await make('yan')
    await page.getByRole('button', { name: 'Not now' }).click()
    await page.locator('.more').waitFor({ state: 'detached' })
    // A program has no password.
    await make('robot', 'service')
    await page.locator('.make').waitFor({ state: 'detached' })
    expectQuiet(shown)
  })

  test('keep a search as a view, for oneself or everybody', async () => {
    const desk = await openDesk()
    try {
      const client = createDeskClient({ endpoint: desk.door.url })
      const { page } = await visit(`${desk.door.url}/?q=is:open+priority:urgent`)
      await page.getByRole('button', { name: 'Save view' }).click()
      await page.getByLabel('Name').fill('On fire')
      expect(await faultsInBothThemes(page)).toEqual([])
      await page.keyboard.press('Enter')
      await page.getByRole('link', { name: 'On fire' }).waitFor()
      const found = []
      for await (const view of client.views.list()) found.push(view)
      expect(found).toMatchObject([{ name: 'On fire', query: 'is:open priority:urgent', owner: null }])
      await page.getByRole('button', { name: 'Saved view' }).click()
      await page.getByRole('button', { name: 'Delete view' }).click()
      await page.getByRole('button', { name: 'Delete view' }).click()
      await page.getByRole('link', { name: 'On fire' }).waitFor({ state: 'detached' })
    } finally {
      await desk.close()
    }
  })
})
