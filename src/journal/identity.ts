/** The form of a cluster's and a member's id: it goes into headers and JSON, so nothing else is believed, wherever it comes from. */
import { JournalOpenError } from './journal.js'

/** 64 bits as hexadecimal digits. */
export function isIdentity(text: unknown): text is string {
  return typeof text === 'string' && /^[\da-f]{1,16}$/u.test(text)
}

/** What is said of a file whose identity is none. */
export function badIdentity(): JournalOpenError {
  return new JournalOpenError(
    'bad-identity',
    'The file says of itself an identity that can not be (it has 1 to 16 hexadecimal digits): it is damaged, so restore a backup.',
  )
}
