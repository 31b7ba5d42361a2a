/** All that the reading thread can be asked. */
import { ticketList } from './list.js'

export { DeskRoom } from './room.js'

export const deskQuestions = [ticketList]
