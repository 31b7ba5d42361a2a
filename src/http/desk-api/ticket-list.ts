/**
 * The whole list of tickets, however long: read in short pieces, all from one state of the data, and sent at the speed at
 * which the client takes them. Between pieces other requests have their turn.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { DeskStore } from '../../desk.js'
import { labWords } from '../../contract/tickets.js'
import type { Snapshot } from '../../store/snapshots.js'
import { TicketQueries } from '../../tickets/queries.js'
import type { ReportFault } from '../door-book.js'
import { sendLongList } from '../long-list.js'
import { breakOff } from '../stream.js'
import { answerJson, answerMessage, beginAnswer, contentTypes, nameOfRequest } from './answer.js'
import { answerError } from './errors.js'

/** Tickets in one read of the store: about a millisecond. */
const idsPerRead = 1000

/** As whose the store counts the long lists of this door. */
const user = 'desk'

/** Has `end` called once whoever sent a request may read on no more; returns what ends that. */
export type WatchRights = (request: FastifyRequest, end: () => void) => () => void

/** Answers `GET /tickets`. Throws what the store's reader throws. */
export function sendTicketList(
  reply: FastifyReply,
  store: DeskStore,
  report: ReportFault,
  watchRights: WatchRights,
): void {
  const { reader } = store
  const tickets = new TicketQueries(reader)
  const { ids, hasDirectory } = reader.snapshot(() => {
    const ids = tickets.page('', idsPerRead)
    return { ids, hasDirectory: ids.length > 0 || tickets.hasDirectory() }
  })
  if (!hasDirectory) answerJson(reply, 200, { msg: labWords.noDirectory })
  else if (ids.length === 0) answerMessage(reply, 200, labWords.noTickets)
  else if (ids.length < idsPerRead) answerJson(reply, 200, { tickets: ids })
  else {
    reply.hijack()
    void sendAll(reply, store, report, watchRights)
  }
}

async function sendAll(
  reply: FastifyReply,
  store: DeskStore,
  report: ReportFault,
  watchRights: WatchRights,
): Promise<void> {
  const { request, raw: response } = reply
  const unwatch = watchRights(request, () => breakOff(response))
  const reader = { user, breakOff: () => breakOff(response), isGone: () => response.destroyed }
  let snapshot: Snapshot | undefined
  try {
    snapshot = await store.openSnapshot(reader)
    beginAnswer(reply, 200, contentTypes.json)
    // The answer to HEAD has no body, so there is nothing to read.
    if (request.method === 'HEAD') response.end()
    else {
      const pieces = ticketPieces(new TicketQueries(snapshot.reader))
      await sendLongList(response, pieces, { onRead: snapshot.close, openSpool: () => store.openSpool(reader) })
    }
  } catch (error) {
    if (!response.headersSent) {
      answerError(error, request, reply, report)
      return
    }
    // The status is sent already: a list that breaks off must not look whole.
    breakOff(response)
    report(error, nameOfRequest(request))
  } finally {
    unwatch()
    snapshot?.close()
  }
}

/** All tickets as the lab prints them, read as the pieces are asked for. */
export function* ticketPieces(tickets: Pick<TicketQueries, 'page'>): Generator<string, void, undefined> {
  let after = ''
  for (let before = '{\n  "tickets": [\n    '; ; before = ',\n    ') {
    const ids = tickets.page(after, idsPerRead)
    const last = ids.at(-1)
    if (last === undefined) break
    yield before + ids.map((id) => `"${id}"`).join(',\n    ')
    if (ids.length < idsPerRead) break
    after = last
  }
  yield '\n  ]\n}\n'
}
