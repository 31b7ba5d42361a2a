/**
 * Texts as the store carries them. A large one is its bytes, as they came: so it goes from the request to the disk and back
 * without being decoded, copied into strings twice as large, or encoded again. Bytes that are no UTF-8 are kept, as in etcd;
 * wherever the text is shown each of them is U+FFFD.
 */

/** A string, or a large text as its bytes in UTF-8. */
export type Text = string | Uint8Array

/** From more bytes than these on a text counts as large. A string has never more characters than these. */
export const LARGE_TEXT_BYTES = 64 * 1024

/** The text in the form that it is kept in. */
export function toText(text: string): Text {
  return text.length > LARGE_TEXT_BYTES ? Buffer.from(text) : text
}

/** Whether two texts are the same, byte for byte. */
export function areEqualTexts(one: Text, other: Text): boolean {
  if (typeof one === 'string' && typeof other === 'string') return one === other
  return Buffer.from(one).equals(Buffer.from(other))
}

/** The text as one string: for whoever takes no other. */
export function plainText(text: Text): string {
  return typeof text === 'string' ? text : decodeUtf8(text)
}

/** The beginning of a text, at most `bytesMax` bytes of it, cut at a character; "…" behind it says that there is more. */
export function excerptOf(text: Text, bytesMax: number): string {
  // Every unit of a string has at least one byte: what lies behind those is not looked at.
  const bytes = typeof text === 'string' ? Buffer.from(text.slice(0, bytesMax + 1)) : text
  if (typeof text === 'string' && bytes.length <= bytesMax) return text
  let shown = 0
  let end = 0
  while (end < bytes.length) {
    const length = characterLength(bytes, end)
    shown += length === 0 ? REPLACEMENT.length : length
    if (shown > bytesMax) break
    end += Math.max(1, length)
  }
  return end === bytes.length ? decodeUtf8(bytes) : `${decodeUtf8(bytes.subarray(0, end))}…`
}

/** The text as strings of bounded length, one behind the other. */
export function* stringsOf(bytes: Uint8Array): Generator<string, void, undefined> {
  for (let from = 0; from < bytes.length;) {
    let to = Math.min(bytes.length, from + LARGE_TEXT_BYTES)
    for (let at = Math.max(from + 1, to - 3); at < to; at++) {
      if (at + characterLength(bytes, at) > to) to = at
    }
    yield decodeUtf8(bytes.subarray(from, to))
    from = to
  }
}

/** How many characters (Unicode code points) a text has. */
export function countCharacters(text: Text): number {
  let count = 0
  if (typeof text === 'string') {
    for (let at = 0; at < text.length; at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1) count++
  } else {
    for (let at = 0; at < text.length; at += Math.max(1, characterLength(text, at))) count++
  }
  return count
}

/** Decodes UTF-8 as Go does: each byte that is not part of a character becomes U+FFFD. */
export function decodeUtf8(bytes: Uint8Array): string {
  const text = asBuffer(bytes).toString()
  // Node puts one U+FFFD for several bytes of a broken character, Go one for each: count them where there are any.
  return text.includes('\ufffd') ? asBuffer(replaceBroken(bytes)).toString() : text
}

/** How many bytes the UTF-8 character at `at` has; 0 where the byte there begins none. */
export function characterLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0
  if (first < 0x80) return 1
  const second = bytes[at + 1] ?? 0
  if (first < 0xe0) return first >= 0xc2 && isContinuation(second) ? 2 : 0
  if (!isContinuation(bytes[at + 2] ?? 0)) return 0
  // No longer form than is needed, no surrogates, nothing above U+10FFFF.
  if (first < 0xf0) {
    const from = first === 0xe0 ? 0xa0 : 0x80
    const to = first === 0xed ? 0x9f : 0xbf
    return second >= from && second <= to ? 3 : 0
  }
  const from = first === 0xf0 ? 0x90 : 0x80
  const to = first === 0xf4 ? 0x8f : 0xbf
  return first <= 0xf4 && second >= from && second <= to && isContinuation(bytes[at + 3] ?? 0) ? 4 : 0
}

/** The same memory as a Buffer. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

const REPLACEMENT = Buffer.from('\ufffd')

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80
}

function replaceBroken(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(bytes.length * REPLACEMENT.length)
  let length = 0
  for (let at = 0; at < bytes.length;) {
    const width = characterLength(bytes, at)
    if (width === 0) {
      whole.set(REPLACEMENT, length)
      length += REPLACEMENT.length
      at += 1
      continue
    }
    for (const end = at + width; at < end; at++) whole[length++] = bytes[at] ?? 0
  }
  return whole.subarray(0, length)
}
