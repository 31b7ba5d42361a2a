/** All that the reading thread can be asked. */
import { ticketList } from './list.js'
import { historyPage, madeTicket, ticketWithPast } from './past.js'
import { ticketStats } from './stats.js'

export { DeskRoom } from './room.js'

export const deskQuestions = [ticketList, ticketStats, historyPage, ticketWithPast, madeTicket]
