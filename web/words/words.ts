/** All that the page says, in one place and typed: what a text needs is its argument. One file for each part of the page. */
import { common } from './common.js'
import { frame, line } from './frame.js'
import { keys } from './keys.js'
import { list } from './list.js'
import { palette, shortcuts } from './palette.js'
import { savedViews, settings } from './settings.js'
import { signIn } from './sign-in.js'

export const words = { common, frame, keys, line, list, palette, savedViews, settings, shortcuts, signIn }
