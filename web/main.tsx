/** Where the page begins: it asks the desk who one is, then shows what the address says, and follows what happens. */
import { render } from 'preact'
import { App } from './app.js'
import { followLinks } from './state/address.js'
import { startKeyboard } from './state/keyboard.js'
import { applyPreferences } from './state/preferences.js'
import { begin } from './state/begin.js'
import { takeLink } from './views/sign-in.js'

takeLink()
applyPreferences()
startKeyboard()
document.addEventListener('click', followLinks)
const room = document.getElementById('page')
if (room !== null) render(<App />, room)
void begin()
