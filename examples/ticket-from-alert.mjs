// @ts-check
/**
 * Files a ticket for an alert exactly once, however often the alert is sent and whatever breaks on the way: the alert's fingerprint
 * is the ticket's `ref`, which only one ticket can have. Where that one is there already it gets a comment, once for each time that
 * the alert began.
 *
 *     node examples/ticket-from-alert.mjs FINGERPRINT STARTED TITLE [URL of the desk]
 *
 * Fingerprint and start are visible ASCII: together they name what is to happen once. On a closed desk ETCDESK_TOKEN is a token with the
 * scope write.
 */
import { Conflict, createDeskClient, DeskError } from 'etcdesk/client'

const [, , fingerprint = '', started = '', title = '', endpoint = 'http://127.0.0.1:2224'] = process.argv
if (title === '') {
  console.error('Usage: ticket-from-alert.mjs FINGERPRINT STARTED TITLE [URL]')
  process.exit(2)
}
const desk = createDeskClient({ endpoint, token: process.env['ETCDESK_TOKEN'] })

/** The number of the ticket that the alert has, and whether it is new. */
async function file() {
  try {
    const { number } = await desk.tickets.create({ title, ref: fingerprint, priority: 'high' })
    await comment(number)
    return { number, isNew: true }
  } catch (error) {
    if (!(error instanceof Conflict) || error.code !== 'ref_taken' || error.holder === undefined) throw error
    await comment(error.holder)
    return { number: error.holder, isNew: false }
  }
}

/** @param {number} number */
async function comment(number) {
  const text = `The alert began at ${started}.`
  await desk.tickets.comments(number).create({ text }, { idempotencyKey: `${fingerprint}/${started}/${number}` })
}

try {
  const { number, isNew } = await file()
  console.log(`${isNew ? 'Filed' : 'Known as'} ticket ${number}`)
} catch (error) {
  // What the desk refuses, it says in a sentence.
  if (!(error instanceof DeskError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
