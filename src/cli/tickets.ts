/**
 * Tickets as the menu handles them: keys below `/tickets` of any keys API, by their ids. Every operation is one request, so that
 * nothing can change between a look and a change.
 */
import type { KeysClient, KeysNode } from '../client/keys.js'
import { ticketIdDigits, ticketIdPattern, ticketNumberPattern } from '../contract/ticket-form.js'

const directory = '/tickets'
const ticketId = new RegExp(ticketIdPattern, 'u')
const ticketNumber = new RegExp(ticketNumberPattern, 'u')

export interface Ticket {
  /** In full. */
  readonly id: string
  readonly title: string
}

/** The id that a person means: `12`, `#12`, `00000000000000000012` or the whole key; undefined where it is none. */
export function readTicketId(text: string): string | undefined {
  const number = text.trim().replace(/^(?:#|\/?tickets\/)/u, '')
  return ticketNumber.test(number) ? number.padStart(ticketIdDigits, '0') : undefined
}

/** All tickets in the order of their ids. Other keys that lie there are no tickets. */
export async function listTickets(keys: KeysClient, signal: AbortSignal): Promise<readonly Ticket[]> {
  return (await keys.list(directory, { signal })).flatMap((node) => {
    const ticket = ticketOf(node)
    return ticket === undefined ? [] : [ticket]
  })
}

export async function getTicket(keys: KeysClient, id: string, signal: AbortSignal): Promise<Ticket> {
  const { node } = await keys.get(keyOf(id), { signal })
  return { id, title: node.value ?? '' }
}

export async function createTicket(keys: KeysClient, title: string, signal: AbortSignal): Promise<Ticket> {
  const { node } = await keys.createInOrder(directory, title, { signal })
  return { id: lastPart(node), title: node.value ?? '' }
}

/** Gives a ticket a new title; resolves with the old one. */
export async function retitleTicket(keys: KeysClient, id: string, title: string, signal: AbortSignal): Promise<string> {
  const { prevNode } = await keys.update(keyOf(id), title, { signal })
  return prevNode?.value ?? ''
}

/** Deletes a ticket; resolves with its last title. */
export async function deleteTicket(keys: KeysClient, id: string, signal: AbortSignal): Promise<string> {
  const { prevNode } = await keys.delete(keyOf(id), { signal })
  return prevNode?.value ?? ''
}

export async function deleteAllTickets(keys: KeysClient, signal: AbortSignal): Promise<void> {
  await keys.delete(directory, { dir: true, recursive: true, signal })
}

/** Asks for what can not be there, to find out whether a keys API answers. Its refusal (errorCode 100) is the good answer. */
export async function askForNothing(keys: KeysClient, signal: AbortSignal): Promise<void> {
  await keys.get(keyOf('0'.repeat(ticketIdDigits)), { signal })
}

function keyOf(id: string): string {
  return `${directory}/${id}`
}

function lastPart(node: KeysNode): string {
  return node.key?.slice(node.key.lastIndexOf('/') + 1) ?? ''
}

function ticketOf(node: KeysNode): Ticket | undefined {
  const id = lastPart(node)
  return node.value !== undefined && ticketId.test(id) ? { id, title: node.value } : undefined
}
