/**
 * The whole list of tickets, however long: read and sent in short pieces, all from one state of the data, at the speed at
 * which the client takes them. Between pieces other requests have their turn.
 */
import type { Writable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import type { DeskStore } from '../../commands.js'
import { labWords } from '../../contract/tickets.js'
import type { Snapshot } from '../../store/snapshots.js'
import { TicketQueries } from '../../tickets/queries.js'
import type { ReportFault } from '../door-book.js'
import { drained, nextTurn } from '../stream.js'
import { answerJson, answerMessage, beginAnswer, contentTypes, nameOfRequest } from './answer.js'

/** Tickets in one read of the store: about a millisecond. */
const idsPerRead = 1000

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
  else
    void sendLongList(
      reply,
      store.openSnapshot(() => reply.raw.destroy()),
      report,
    )
}

async function sendLongList(reply: FastifyReply, snapshot: Snapshot, report: ReportFault): Promise<void> {
  const response = reply.raw
  try {
    beginAnswer(reply, 200, contentTypes.json)
    // The answer to HEAD has no body, so there is nothing to read.
    if (reply.request.method !== 'HEAD') await writeTickets(response, new TicketQueries(snapshot.reader))
    response.end()
  } catch (error) {
    // The status is sent already: a list that breaks off must not look whole.
    response.destroy()
    report(error, nameOfRequest(reply.request))
  } finally {
    snapshot.close()
  }
}

/**
 * Writes all tickets as the lab prints them, no faster than they are taken. A reader that takes nothing for
 * `stalledAfterMs` milliseconds is cut off.
 */
export async function writeTickets(
  response: Writable,
  tickets: Pick<TicketQueries, 'page'>,
  stalledAfterMs?: number,
): Promise<void> {
  let after = ''
  for (let before = '{\n  "tickets": [\n    '; !response.destroyed; before = ',\n    ') {
    const ids = tickets.page(after, idsPerRead)
    const last = ids.at(-1)
    if (last === undefined) break
    const isTaken = response.write(before + ids.map((id) => `"${id}"`).join(',\n    '))
    if (ids.length < idsPerRead) break
    after = last
    if (!isTaken && !(await drained(response, stalledAfterMs))) return
    // Also where it had to be waited for: what the system takes at once is drained within the same turn.
    await nextTurn()
  }
  response.write('\n  ]\n}\n')
}
