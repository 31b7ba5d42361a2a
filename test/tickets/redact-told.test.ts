/** Who is told that a text was erased: everybody who could read it at any time at which it stood in the ticket, and nobody else. */
import { expect, test } from 'vitest'
import { readDetail } from '#src/tickets/events/detail.js'
import type { TicketInput } from '#src/tickets/input.js'
import { askers } from '../support/names.js'
import { openTicketDesk, type TicketDesk } from '../support/ticket-desk.js'

const SAID = 'The password is hunter2.'

/** Erases what a ticket was made with; returns whether others than staff are told. */
async function isTold(desk: TicketDesk, number: number, field: string): Promise<boolean> {
  const { createdIndex: index } = desk.ticket(number).record
  await desk.run('ticket.redact', { number, what: { index, field } }, askers.admin)
  const { detail = '' } = desk.store.history.details(desk.index - 1, 1)[0] ?? {}
  expect(detail).toContain('ticket.redacted')
  return readDetail(detail ?? '').hidden !== true
}

/** What a ticket is changed to, or whether its field `site` is public in the queue `vault` from now on. */
type Step = TicketInput | { readonly vaultSite: boolean }

const SITE_GIVEN = { fields: { site: SAID } }
const SITE_TAKEN = { fields: { site: 'fra' } }

/** The life of a ticket with a text in its field `site`, public in the queue `storage` alone; and whether its requester could read the text. */
const fieldLives: Readonly<Record<string, readonly [told: boolean, given: TicketInput, ...steps: readonly Step[]]>> = {
  'in a queue in which the field is public': [true, { queue: 'storage', ...SITE_GIVEN }, SITE_TAKEN],
  'in a queue in which it is not': [false, { queue: 'vault', ...SITE_GIVEN }, SITE_TAKEN],
  'until the ticket was moved to where it is public': [
    false,
    { queue: 'vault', ...SITE_GIVEN },
    SITE_TAKEN,
    { queue: 'storage' },
  ],
  'also after the ticket was moved to where it is public': [
    true,
    { queue: 'vault', ...SITE_GIVEN },
    { queue: 'storage' },
    SITE_TAKEN,
  ],
  'first where it is public, until the ticket was moved': [
    true,
    { queue: 'storage', ...SITE_GIVEN },
    { queue: 'vault', ...SITE_TAKEN },
  ],
  'while the ticket was internal': [
    false,
    { queue: 'storage', internal: true, ...SITE_GIVEN },
    SITE_TAKEN,
    { internal: false },
  ],
  'until after the ticket was made public': [
    true,
    { queue: 'storage', internal: true, ...SITE_GIVEN },
    { internal: false },
    SITE_TAKEN,
  ],
  'where it is public while the ticket was internal, and where it is not while that was public': [
    false,
    { queue: 'storage', internal: true, ...SITE_GIVEN },
    { queue: 'vault', internal: false },
    SITE_TAKEN,
  ],
  'until the field was made public there': [false, { queue: 'vault', ...SITE_GIVEN }, SITE_TAKEN, { vaultSite: true }],
  'also after the field was made public there': [
    true,
    { queue: 'vault', ...SITE_GIVEN },
    { vaultSite: true },
    SITE_TAKEN,
  ],
  'while the field was public there, which it is no more': [
    false,
    { queue: 'vault', ...SITE_GIVEN },
    { vaultSite: true },
    SITE_TAKEN,
    { vaultSite: false },
  ],
}

test.each(Object.entries(fieldLives))(
  'that a field was erased is told to whom it was shown: it stood %s',
  async (_, [told, given, ...steps]) => {
    const desk = await openTicketDesk({ closed: true })
    const number = await desk.create({ ...given, requester: 'rita' })
    for (const step of steps) {
      if ('vaultSite' in step) {
        const fields = [{ name: 'site', public: step.vaultSite }]
        await desk.run('queue.change', { name: 'vault', change: { fields } }, askers.admin)
      } else await desk.change(number, step)
    }
    expect(await isTold(desk, number, 'fields.site')).toBe(told)
  },
)

test('that a text was erased is told to whom it was shown at one of the times at which it stood', async () => {
  const lives: readonly (readonly [told: boolean, ...steps: readonly TicketInput[]])[] = [
    [true, { description: SAID }, { description: 'nothing' }],
    [false, { description: 'nothing' }],
    [false, { internal: true }, { description: SAID }, { description: 'nothing' }, { internal: false }],
  ]
  for (const [told, ...steps] of lives) {
    const desk = await openTicketDesk({ closed: true })
    const number = await desk.create({ requester: 'rita', internal: true, description: SAID })
    await desk.change(number, { description: 'nothing at first' })
    await desk.change(number, { internal: false })
    for (const step of steps) await desk.change(number, step)
    expect([steps, await isTold(desk, number, 'description')]).toEqual([steps, told])
  }
})
