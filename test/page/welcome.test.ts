/** The first minute at a new desk, in a real browser: made, changed from a terminal, moved, taken back. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createDeskClient } from '#src/client/client.js'
import { faultsInBothThemes } from '../support/axe.js'
import { expectQuiet, useChromium } from '../support/browser.js'
import { openDesk } from '../support/desk-door.js'
import { missing } from '../support/requirements.js'

describe.skipIf(missing('chromium'))('the first minute', () => {
  const { visit } = useChromium()

  test('leads from an empty desk to a ticket that was changed by two doors and taken back', async () => {
    const desk = await openDesk()
    onTestFinished(() => desk.close())
    const client = createDeskClient({ endpoint: desk.door.url })
    const shown = await visit(desk.door.url)
    const { page } = shown
    await page.waitForSelector('.first__in input:focus')
    await page.waitForSelector('.line--live')
    expect(await faultsInBothThemes(page)).toEqual([])
    await page.keyboard.type('node-17 logs ECC errors')
    await page.keyboard.press('Enter')
    await page.locator('.first__made', { hasText: 'node-17 logs ECC errors' }).waitFor()
    await page.locator('.jr', { hasText: 'create 1' }).waitFor()
    // The command that is shown does what it says.
    const command = (await page.locator('.cmd code').textContent()) ?? ''
    expect(command).toContain(`${desk.door.url}/v1/tickets/1`)
    await promisify(execFile)('/bin/sh', ['-c', command])
    await page.locator('.first__made .prio--urgent').waitFor()
    await page.locator('.jr', { hasText: 'priority: normal → urgent' }).waitFor()
    expect(await faultsInBothThemes(page)).toEqual([])
    await page.keyboard.press('s')
    await page.keyboard.type('in-pro')
    await page.keyboard.press('Enter')
    await page.locator('.step.is-done', { hasText: 'It was moved to in-progress' }).waitFor()
    // That it happened may be heard before the answer comes, which is what is taken back.
    await page.locator('.line__undo', { hasText: 'in-progress' }).waitFor()
    await page.keyboard.press('z')
    await page.locator('.first__h', { hasText: 'That is the desk' }).waitFor()
    expect(await client.tickets.get(1)).toMatchObject({ status: 'open', priority: 'urgent' })
    await page.getByRole('button', { name: 'To the list' }).click()
    await page.waitForSelector('.row[data-number="1"]')
    expectQuiet(shown)
  })

  test('says what is missing of a first ticket', async () => {
    const desk = await openDesk()
    onTestFinished(() => desk.close())
    const { page } = await visit(desk.door.url)
    const field = page.locator('.first__in input')
    await page.waitForSelector('.line--live')
    await page.getByRole('button', { name: 'Create' }).click()
    await page.getByRole('alert').filter({ hasText: 'A ticket needs a title.' }).waitFor()
    expect(await field.getAttribute('aria-invalid')).toBe('true')
    await field.pressSequentially('Begun')
    expect(await field.getAttribute('aria-invalid')).toBe('false')
    expect(await page.getByRole('alert').count()).toBe(0)
  })

  test('says where there is nothing to take back, or to do again', async () => {
    const desk = await openDesk()
    onTestFinished(() => desk.close())
    const { page } = await visit(desk.door.url)
    await page.locator('.first__h').click()
    await page.keyboard.press('z')
    await page.locator('.line', { hasText: 'There is nothing to take back on this page.' }).waitFor()
    await page.keyboard.press('Shift+Z')
    await page.locator('.line', { hasText: 'There is nothing to do again on this page.' }).waitFor()
  })

  test('goes on where it was, with all that was done, when the page is loaded anew in the midst of it', async () => {
    const desk = await openDesk()
    onTestFinished(() => desk.close())
    const client = createDeskClient({ endpoint: desk.door.url })
    const shown = await visit(desk.door.url)
    const { page } = shown
    await page.waitForSelector('.line--live')
    await page.locator('.first__in input').fill('Begun')
    await page.keyboard.press('Enter')
    await page.locator('.first__made', { hasText: 'Begun' }).waitFor()
    await client.tickets.change(1, { priority: 'urgent' })
    await page.locator('.step.is-done', { hasText: 'Change it from a terminal' }).waitFor()
    await page.keyboard.press('s')
    await page.keyboard.type('in-pro')
    await page.keyboard.press('Enter')
    await page.locator('.step.is-done', { hasText: 'It was moved to in-progress' }).waitFor()
    await page.locator('.line__undo', { hasText: 'in-progress' }).waitFor()
    const journal = async () => (await page.locator('.jr').allTextContents()).toSorted()
    await client.tickets.change(1, { title: 'Begun well' })
    await page.locator('.jr', { hasText: 'title: Begun → Begun well' }).waitFor()
    const before = await journal()
    await page.reload()
    await page.locator('.step.is-done', { hasText: 'It was moved to in-progress' }).waitFor()
    expect(await page.locator('.step.is-done').count()).toBe(3)
    expect(await journal()).toEqual(before)
    await page.keyboard.press('z')
    await page.locator('.first__h', { hasText: 'That is the desk' }).waitFor()
    expect((await client.tickets.get(1)).status).toBe('open')
    await page.reload()
    await page.locator('.first__h', { hasText: 'That is the desk' }).waitFor()
    await page.getByRole('button', { name: 'To the list' }).click()
    await page.reload()
    await page.waitForSelector('.row[data-number="1"]')
    expectQuiet(shown)
  })

  test('makes way for the list where that is asked for, and for a search', async () => {
    const desk = await openDesk()
    onTestFinished(() => desk.close())
    const shown = await visit(desk.door.url)
    const { page } = shown
    await page.waitForSelector('.line--live')
    const allOpen = page.getByRole('link', { name: 'All open' })
    // There is nothing else to show yet.
    await allOpen.click()
    await page.waitForSelector('.first__in input')
    await page.locator('.first__h').click()
    await page.keyboard.type('/no such word')
    await expect.poll(() => page.locator('.find__in').inputValue()).toBe('no such word')
    await page.keyboard.press('Enter')
    // Where there is nothing, no words of a search find it.
    await page.locator('.blank h2', { hasText: 'There are no tickets yet' }).waitFor()
    expect(await page.locator('.blank__word').count()).toBe(0)
    await page.goBack()
    await page.goBack()
    await page.locator('.first__in input').fill('Begun')
    await page.keyboard.press('Enter')
    await page.locator('.first__made', { hasText: 'Begun' }).waitFor()
    // Whoever looks at the ticket goes on from there.
    await page.locator('.first__title').click()
    await page.waitForURL('**/t/1')
    await page.goBack()
    await page.locator('.first__made', { hasText: 'Begun' }).waitFor()
    await allOpen.click()
    await page.waitForSelector('.row[data-number="1"]')
    await page.reload()
    await page.waitForSelector('.row[data-number="1"]')
    await page.keyboard.type('/is:done')
    await page.keyboard.press('Enter')
    await page.locator('.blank h2', { hasText: 'No ticket is found by this' }).waitFor()
    await page.locator('.blank__word').first().waitFor()
    expectQuiet(shown)
  })

  test('is not begun where a ticket was made elsewhere meanwhile', async () => {
    const desk = await openDesk()
    onTestFinished(() => desk.close())
    const client = createDeskClient({ endpoint: desk.door.url })
    const { page } = await visit(desk.door.url)
    await page.waitForSelector('.first__in input')
    await page.getByRole('link', { name: 'Dashboard' }).click()
    await page.waitForURL('**/dashboard')
    await client.tickets.create({ title: 'Made elsewhere' })
    await page.getByRole('link', { name: 'All open' }).click()
    await page.waitForSelector('.row[data-number="1"]')
  })

  test('is over where its ticket was deleted while nobody looked: what there is else is shown', async () => {
    const desk = await openDesk()
    onTestFinished(() => desk.close())
    const client = createDeskClient({ endpoint: desk.door.url })
    const { page } = await visit(desk.door.url)
    await page.locator('.first__in input').fill('Begun')
    await page.keyboard.press('Enter')
    await page.locator('.first__made', { hasText: 'Begun' }).waitFor()
    await page.goto(`${desk.door.url}/docs`)
    await client.tickets.delete(1)
    await client.tickets.create({ title: 'Another' })
    await page.goto(desk.door.url)
    await page.waitForSelector('.row[data-number="2"]')
  })

  test.each([
    ['another desk at the same address', { createdAt: '2020-01-01T00:00:00.000Z', by: null }],
    ['another person in the same browser', { createdAt: undefined, by: 'somebody' }],
  ])('of %s is nothing of what is shown', async (_whose, { createdAt, by }) => {
    const desk = await openDesk()
    onTestFinished(() => desk.close())
    const ticket = await createDeskClient({ endpoint: desk.door.url }).tickets.create({ title: 'Disk full' })
    const { page } = await visit(desk.door.url)
    const kept = { ticket: 1, createdAt: createdAt ?? ticket.createdAt, by, at: Date.now() }
    await page.evaluate((text) => localStorage.setItem('etcdesk.first-ticket', text), JSON.stringify(kept))
    await page.reload()
    await page.waitForSelector('.row[data-number="1"]')
  })

  test('ends where one goes elsewhere after it, and begins anew where its ticket is deleted', async () => {
    const desk = await openDesk()
    onTestFinished(() => desk.close())
    const client = createDeskClient({ endpoint: desk.door.url })
    const { page } = await visit(desk.door.url)
    await page.waitForSelector('.line--live')
    await page.locator('.first__in input').fill('Begun')
    await page.keyboard.press('Enter')
    await page.locator('.first__made', { hasText: 'Begun' }).waitFor()
    await client.tickets.delete(1)
    await page.locator('.first__in input').fill('Begun again')
    await page.keyboard.press('Enter')
    await page.locator('.first__made', { hasText: 'Begun again' }).waitFor()
    await client.tickets.change(2, { priority: 'urgent' })
    await page.locator('.first__made .prio--urgent').waitFor()
    await page.keyboard.press('s')
    await page.keyboard.type('in-pro')
    await page.keyboard.press('Enter')
    await page.locator('.step.is-done', { hasText: 'It was moved to in-progress' }).waitFor()
    // That it happened may be heard before the answer comes, which is what is taken back.
    await page.locator('.line__undo', { hasText: 'in-progress' }).waitFor()
    await page.keyboard.press('z')
    await page.locator('.first__h', { hasText: 'That is the desk' }).waitFor()
    await page.locator('.first__title').click()
    await page.waitForURL('**/t/2')
    await page.goBack()
    await page.waitForSelector('.row[data-number="2"]')
  })
})
