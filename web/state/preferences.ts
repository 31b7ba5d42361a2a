/** How this browser likes the page. */
import { effect } from '@preact/signals'
import { kept } from './keep.js'

export const theme = kept<'system' | 'light' | 'dark'>('theme', 'system', (value) =>
  ['system', 'light', 'dark'].includes(String(value)),
)
export const density = kept<'normal' | 'compact'>('density', 'normal', (value) =>
  ['normal', 'compact'].includes(String(value)),
)
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
