/**
 * Which person an `@` in a text means. A handle may hold spaces and other signs, so the desk's handles are what is looked for: the
 * longest one that stands there whole.
 */

/** All handles as they are compared, and how long they are as they may be written, the longest first: so each is looked up once for each length, however many there are. */
export interface Handles {
  readonly all: ReadonlySet<string>
  readonly lengths: readonly number[]
}

/** Without case and in one encoding names are taken for the same: nearly as the desk compares them, which alone decides what is found. */
export const sameName = (name: string): string => name.normalize('NFC').toLowerCase().normalize('NFC')

/** What may not stand right before an `@` or a `#`: the sign would be inside of a word, an address or a path. */
export const goesBefore = String.raw`[\p{L}\p{M}\p{N}_&/#@.+-]`

/** What may not follow a handle: the word would be another one, or an address. */
const goesOn = /^(?:\.*[\p{L}\p{M}\p{N}_-]|@[^\s@])/u

const endsInside = new RegExp(`${goesBefore}$`, 'u')

/** Whether a sign that stands behind this text would be inside of a word. */
export const isInside = (before: string): boolean => endsInside.test(before)

export function handlesOf(handles: Iterable<string>): Handles {
  const all = new Set<string>()
  const lengths = new Set<number>()
  for (const handle of handles) {
    all.add(sameName(handle))
    for (const form of ['NFC', 'NFD']) lengths.add(handle.normalize(form).length)
  }
  return { all, lengths: [...lengths].toSorted((a, b) => b - a) }
}

/** The handle that a text begins with, as it is written there; undefined where it begins with none. */
export function handleAt({ all, lengths }: Handles, text: string): string | undefined {
  const isOne = (length: number): boolean =>
    length <= text.length && !goesOn.test(text.slice(length)) && all.has(sameName(text.slice(0, length)))
  const length = lengths.find(isOne)
  return length === undefined ? undefined : text.slice(0, length)
}
