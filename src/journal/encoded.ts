/** Records and events as JSON, each encoded once: the store weighs them before the journal writes them. */
import type { Event, RecordRow } from './journal.js'

const encoded = new WeakMap<RecordRow | Event, string>()

/** JSON text of something that does not change any more. */
export function encodeOnce(value: RecordRow | Event): string {
  let text = encoded.get(value)
  if (text === undefined) {
    text = JSON.stringify(value)
    encoded.set(value, text)
  }
  return text
}
