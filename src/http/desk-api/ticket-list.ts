/**
 * The whole list of tickets, however long: read and sent in short pieces, all from one state of the data, at the speed at
 * which the client takes them. Between pieces other requests have their turn.
 */
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { setImmediate as turn } from 'node:timers/promises'
import type { FastifyReply } from 'fastify'
import type { DeskStore } from '../../commands.js'
import { labWords } from '../../contract/tickets.js'
import { TicketQueries } from '../../tickets/queries.js'
import { answerJson, answerMessage, beginAnswer, contentTypes } from './answer.js'
import type { ReportFault } from './errors.js'

/** Tickets in one read of the store: about a millisecond. */
const idsPerRead = 1000
/** A client that takes nothing for so long is cut off: its list holds a state of the data open. */
const stalledMs = 60_000

/** Answers `GET /tickets`. Throws a StoreError where too many long lists are on their way already. */
export function sendTicketList(reply: FastifyReply, store: DeskStore, report: ReportFault): void {
  const { reader } = store
  const tickets = new TicketQueries(reader)
  const { ids, hasDirectory } = reader.snapshot(() => {
    const ids = tickets.page('', idsPerRead)
    return { ids, hasDirectory: ids.length > 0 || tickets.hasDirectory() }
  })
  if (!hasDirectory) answerJson(reply, 200, { msg: labWords.noDirectory })
  else if (ids.length === 0) answerMessage(reply, 200, labWords.noTickets)
  else if (ids.length < idsPerRead) answerJson(reply, 200, { tickets: ids })
  else void sendLongList(reply, store, report)
}

async function sendLongList(reply: FastifyReply, store: DeskStore, report: ReportFault): Promise<void> {
  const snapshot = store.openSnapshot()
  const response = reply.raw
  try {
    beginAnswer(reply, 200, contentTypes.json)
    // The answer to HEAD has no body, so there is nothing to read.
    if (reply.request.method !== 'HEAD') await writeIds(response, new TicketQueries(snapshot.reader))
    response.end()
  } catch (error) {
    // The status is sent already: a list that breaks off must not look whole.
    response.destroy()
    report(error, 'GET /tickets')
  } finally {
    snapshot.close()
  }
}

async function writeIds(response: ServerResponse, tickets: TicketQueries): Promise<void> {
  let after = ''
  for (let before = '{\n  "tickets": [\n    '; !response.destroyed; before = ',\n    ') {
    const ids = tickets.page(after, idsPerRead)
    const last = ids.at(-1)
    if (last === undefined) break
    const isWritten = response.write(before + ids.map((id) => `"${id}"`).join(',\n    '))
    if (ids.length < idsPerRead) break
    after = last
    if (isWritten) await turn()
    else await drained(response)
  }
  response.write('\n  ]\n}')
}

/** Waits until the client has taken what was sent. Ends the connection of one that takes nothing. */
async function drained(response: ServerResponse): Promise<void> {
  const stop = new AbortController()
  const giveUp = setTimeout(() => response.destroy(), stalledMs)
  const gone = () => stop.abort()
  response.once('close', gone)
  try {
    await once(response, 'drain', { signal: stop.signal })
  } catch (error) {
    // The client has left: the caller sees that from the response.
    if (!stop.signal.aborted) throw error
  } finally {
    clearTimeout(giveUp)
    response.off('close', gone)
  }
}
