// @ts-check
/**
 * Mirrors all tickets into a file, one JSON object a line, and keeps it current until it is stopped. The first line says up to which
 * index; started again it goes on from there, or makes the mirror anew where the desk no longer knows what happened since.
 *
 *     node examples/mirror-tickets.mjs FILE [URL of the desk]
 *
 * Where the desk is closed ETCDESK_TOKEN names a token with the scope read.
 */
import { readFile, rename, writeFile } from 'node:fs/promises'
import { createDeskClient, Gone, NotFound } from 'etcdesk/client'

const [, , file = 'tickets.jsonl', endpoint = 'http://127.0.0.1:2224'] = process.argv
const desk = createDeskClient({ endpoint, token: process.env['ETCDESK_TOKEN'] })
/** @type {Map<number, import('etcdesk/client').Ticket>} */
const tickets = new Map()

/** Reads what is there. Returns the index to go on after; undefined where there is nothing yet. */
async function load() {
  const [first, ...lines] = (await readFile(file, 'utf8').catch(() => '')).split('\n').filter(Boolean)
  for (const line of lines) {
    const ticket = JSON.parse(line)
    tickets.set(ticket.number, ticket)
  }
  return first === undefined ? undefined : Number(JSON.parse(first).index)
}

/** Writes the mirror beside the old one and puts it in its place: whoever reads it sees one or the other. @param {number} index */
async function save(index) {
  const lines = [{ index }, ...tickets.values()].map((line) => `${JSON.stringify(line)}\n`)
  await writeFile(`${file}.new`, lines.join(''))
  await rename(`${file}.new`, file)
}

async function readAll() {
  tickets.clear()
  for await (const ticket of desk.tickets.list({ limit: 200 })) tickets.set(ticket.number, ticket)
}

/** @param {number} number */
async function readOne(number) {
  try {
    const ticket = await desk.tickets.get(number, { include: 'activity' })
    if (ticket.deletedAt === null) tickets.set(number, ticket)
    else tickets.delete(number)
  } catch (error) {
    if (!(error instanceof NotFound) && !(error instanceof Gone)) throw error
    tickets.delete(number)
  }
}

for await (const event of desk.follow({ since: await load() })) {
  // What is not about one ticket, such as a label's new name, may change any of them.
  if (event.type === 'reset' || event.ticket === undefined) await readAll()
  else await readOne(event.ticket)
  await save(event.index)
}
