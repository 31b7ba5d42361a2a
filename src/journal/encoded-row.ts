/** Records as JSON, each encoded once: the store measures a record before the journal writes it. */
import type { RecordRow } from './journal.js'

const encoded = new WeakMap<RecordRow, string>()

/** A record as JSON text. */
export function encodeRow(row: RecordRow): string {
  let text = encoded.get(row)
  if (text === undefined) {
    text = JSON.stringify(row)
    encoded.set(row, text)
  }
  return text
}
