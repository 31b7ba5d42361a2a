/** All that the page says, in one place and typed: what a text needs is its argument. One file for each part of the page. */
import { board } from './board.js'
import { common } from './common.js'
import { dashboard } from './dashboard.js'
import { frame, line } from './frame.js'
import { keys } from './keys.js'
import { list } from './list.js'
import { newTicket } from './new-ticket.js'
import { palette, shortcuts } from './palette.js'
import { savedViews, settings } from './settings.js'
import { signIn } from './sign-in.js'
import { ticket } from './ticket.js'
import { welcome } from './welcome.js'

export const words = {
  board,
  common,
  dashboard,
  frame,
  keys,
  line,
  list,
  newTicket,
  palette,
  savedViews,
  settings,
  shortcuts,
  signIn,
  ticket,
  welcome,
}
