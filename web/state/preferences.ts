/** How this browser likes the page. */
import { effect } from '@preact/signals'
import { kept, oneOf } from './keep.js'

export const theme = kept('theme', 'system', oneOf('system', 'light', 'dark'))
export const density = kept('density', 'normal', oneOf('normal', 'compact'))
/** Whether single letters do something. */
export const hasSingleKeys = kept('keys', true, (value) => typeof value === 'boolean')

/** Shows them, and whatever they become. */
export function applyPreferences(): void {
  effect(() => {
    const root = document.documentElement
    if (theme.value === 'system') delete root.dataset['theme']
    else root.dataset['theme'] = theme.value
    if (density.value === 'compact') root.dataset['density'] = 'compact'
    else delete root.dataset['density']
  })
}
