/** The form of a cluster's and a member's id: it goes into headers and JSON, so nothing else is believed, wherever it comes from. */

/** 64 bits as hexadecimal digits. */
export function isIdentity(text: unknown): text is string {
  return typeof text === 'string' && /^[\da-f]{1,16}$/u.test(text)
}
