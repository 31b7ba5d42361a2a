/** Where the page begins: it asks the desk who one is, then shows what the address says, and follows what happens. */
import { render } from 'preact'
import { App } from './app.js'
import { entry, followLinks, route } from './state/address.js'
import { startKeyboard } from './state/keyboard.js'
import { applyPreferences } from './state/preferences.js'
import { begin } from './state/begin.js'
import { isLetIn } from './state/identity.js'
import { listStateOf } from './views/list/list-state.js'
import { takeLink } from './views/sign-in.js'

takeLink()
applyPreferences()
startKeyboard()
document.addEventListener('click', followLinks)
// The list is asked for beside who one is: both are needed before anything can be shown.
const here = route.peek()
if (isLetIn() && here.view === 'list' && !/@me|is:mine|is:watched/u.test(here.q)) listStateOf(entry.peek(), here)
/**
 * So long nothing is shown, in milliseconds, unless it is known before who one is and what things are called: tickets, which were asked for
 * first, are there by then as a rule, and all is laid out and painted once.
 */
const BLANK_MS = 300

const room = document.getElementById('page')
const show = (): void => void (room !== null && render(<App />, room))
void Promise.race([begin(), new Promise((resolve) => setTimeout(resolve, BLANK_MS))]).then(show)
