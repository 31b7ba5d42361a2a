/** All that the reading thread can be asked. */
import { ticketList } from './list.js'
import { ticketStats } from './stats.js'

export { DeskRoom } from './room.js'

export const deskQuestions = [ticketList, ticketStats]
