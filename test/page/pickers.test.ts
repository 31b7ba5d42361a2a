/** Pickers in a real browser where there is nothing to pick yet: they say so, and make it, or lead to where it is made. */
import type { Page } from 'playwright-core'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { createDeskClient, type DeskClient } from '#src/client/client.js'
import { faultsInBothThemes } from '../support/axe.js'
import { useChromium } from '../support/browser.js'
import { openDesk, type OpenDesk } from '../support/desk-door.js'
import { missing } from '../support/requirements.js'

describe.skipIf(missing('chromium'))('pickers of a desk without labels and people', () => {
  const { visit } = useChromium()
  let desk: OpenDesk | undefined
  let url: string
  let client: DeskClient
  let number: number
  beforeEach(async () => {
    await desk?.close()
    desk = await openDesk()
    ;({ url } = desk.door)
    client = createDeskClient({ endpoint: url })
    ;({ number } = await client.tickets.create({ title: 'Loud fans' }))
  })
  afterAll(() => desk?.close())
  const menu = (page: Page) => page.locator('.menu--float')
  const opened = async (): Promise<Page> => {
    const { page } = await visit(`${url}/t/${number}`)
    await page.waitForSelector('.talk')
    return page
  }

  /** Writes a new ticket with a label that there is not yet. */
  const write = async (page: Page, title: string, label: string): Promise<void> => {
    await page.keyboard.press('c')
    await page.waitForSelector('.new__in:focus')
    await page.keyboard.type(title)
    await page.locator('.new').getByRole('button', { name: 'Label', exact: true }).click()
    await page.keyboard.type(label)
    await page.keyboard.press('Enter')
    await page.keyboard.press('Escape')
  }

  test('take a day as people write it, and nothing that is none', async () => {
    const page = await opened()
    const choose = async (text: string): Promise<void> => {
      await page.keyboard.press('d')
      await menu(page).waitFor()
      await page.keyboard.type(text)
    }
    await choose('soon')
    await menu(page).getByText('Nothing found').first().waitFor()
    expect(await menu(page).getByRole('option').count()).toBe(0)
    await page.keyboard.press('Escape')
    await choose('Dec 23 2027')
    await menu(page).getByRole('option', { name: 'On 23 Dec 2027' }).waitFor()
    await page.keyboard.press('Enter')
    const due = async (): Promise<string | null> => (await client.tickets.get(number)).due
    // A Thursday.
    await expect.poll(due).toBe('2027-12-23')
    await choose('friday')
    await page.keyboard.press('Enter')
    await expect.poll(async () => new Date(`${await due()}T00:00`).getDay()).toBe(5)
    await choose('no due')
    await page.keyboard.press('Enter')
    await expect.poll(due).toBeNull()
  })

  test('make the labels that are typed, once they are used', async () => {
    const page = await opened()
    await page.keyboard.press('l')
    await menu(page).getByText('There are no labels yet').waitFor()
    expect(await faultsInBothThemes(page)).toEqual([])
    await page.keyboard.type('hardware')
    await menu(page).getByRole('option', { name: 'Make the label' }).waitFor()
    await page.keyboard.press('Enter')
    // It stands among the others, and can be left out again: nothing is made before the menu closes.
    await menu(page).getByRole('option', { name: 'hardware', exact: true, checked: true }).waitFor()
    await page.keyboard.type('rack 7')
    await page.keyboard.press('Enter')
    await menu(page).getByRole('option', { name: 'hardware', exact: true }).click()
    await menu(page).getByRole('option', { name: 'hardware', exact: true }).waitFor({ state: 'detached' })
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Labels: rack 7' }).waitFor()
    await expect.poll(async () => (await client.tickets.get(number)).labels).toEqual(['rack 7'])
    const all = []
    for await (const { name } of client.labels.list()) all.push(name)
    expect(all).toEqual(['rack 7'])
  })

  test('say why a label could not be made, and set the others', async () => {
    await client.labels.create({ name: 'disk' })
    const page = await opened()
    await page.keyboard.press('l')
    await page.keyboard.type('disk')
    await page.keyboard.press('Enter')
    await page.keyboard.type('x'.repeat(60))
    await page.keyboard.press('Enter')
    await page.keyboard.press('Escape')
    await page.getByRole('status').filter({ hasText: 'The name has 60 characters' }).waitFor()
    await expect.poll(async () => (await client.tickets.get(number)).labels).toEqual(['disk'])
  })

  test('say of a label that is archived that it is, and make none of its name', async () => {
    const { name } = await client.labels.create({ name: 'Hardware' })
    await client.labels.change(name, { archived: true })
    const page = await opened()
    await page.keyboard.press('l')
    await page.keyboard.type('hardware')
    await menu(page).getByText('is archived').waitFor()
    expect(await menu(page).getByRole('option').count()).toBe(0)
  })

  test('make the label of a ticket that is made at once', async () => {
    const page = await opened()
    // Longer than it takes from the press that closes the menu to the click.
    await page.route('**/v1/labels', async (route) => {
      await new Promise((resolve) => setTimeout(resolve, route.request().method() === 'POST' ? 500 : 0))
      await route.continue()
    })
    await write(page, 'Loud at once', 'noise')
    await page.keyboard.press('Control+Enter')
    await expect.poll(async () => (await client.tickets.get(number + 1)).labels).toEqual(['noise'])
  })

  test('say in the form why a label could not be made', async () => {
    const page = await opened()
    await write(page, 'Loud and long', 'x'.repeat(60))
    await page.keyboard.press('Control+Enter')
    await page.locator('.new').getByText('The name has 60 characters').waitFor()
  })

  test('make the label of a ticket that is being written', async () => {
    const page = await opened()
    await write(page, 'Loud again', 'noise')
    await page.locator('.new').getByRole('button', { name: 'Labels: noise' }).waitFor()
    await page.keyboard.press('Control+Enter')
    await expect.poll(async () => (await client.tickets.get(number + 1)).labels).toEqual(['noise'])
  })

  test.each([
    { who: 'the assignees', open: (page: Page) => page.keyboard.press('a') },
    { who: 'whom one acts as', open: (page: Page) => page.locator('.me').click() },
    {
      who: 'the requester of a new ticket',
      async open(page: Page) {
        await page.keyboard.press('c')
        await page.waitForSelector('.new__in:focus')
        await page.locator('.new').getByRole('button', { name: 'Requester' }).click()
      },
    },
  ])('lead to where people are made: $who', async ({ open }) => {
    const page = await opened()
    await open(page)
    await menu(page).getByRole('option', { name: 'Make people in the settings' }).click()
    await page.getByRole('button', { name: 'New person' }).waitFor()
    expect(await page.locator('.new').count()).toBe(0)
    expect(page.url()).toBe(`${url}/settings/users`)
  })
})
