/** The time, once a second while something of the key tree is looked at. */
import { signal } from '@preact/signals'

export const now = signal(Date.now())
setInterval(() => {
  if (document.visibilityState === 'visible') now.value = Date.now()
}, 1000)

/** Seconds that are left until a time. */
export const secondsTo = (time: number): number => (time - now.value) / 1000
