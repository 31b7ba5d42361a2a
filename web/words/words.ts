/** All that the page says, in one place and typed: what a text needs is its argument. One file for each part of the page. */
import { common } from './common.js'
import { frame, line } from './frame.js'
import { list } from './list.js'
import { palette, shortcuts } from './palette.js'
import { signIn } from './sign-in.js'
import { ticket } from './ticket.js'

export const words = { common, frame, line, list, palette, shortcuts, signIn, ticket }
