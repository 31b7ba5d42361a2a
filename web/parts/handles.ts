/**
 * Which person an `@` in a text means. A handle may hold spaces and other signs, so the desk's handles are what is looked for: the
 * longest one that stands there whole.
 */

/** All handles, and how long they are, the longest first: so each is looked up once for each length, however many there are. */
export interface Handles {
  readonly all: ReadonlySet<string>
  readonly lengths: readonly number[]
}

/** What may not follow a handle: the word would be another one. */
const goesOn = /^\.*[\p{L}\p{N}_-]/u

export function handlesOf(handles: Iterable<string>): Handles {
  const all = new Set(handles)
  const lengths = new Set([...all].map(({ length }) => length))
  return { all, lengths: [...lengths].toSorted((a, b) => b - a) }
}

/** The handle that a text begins with; undefined where it begins with none. */
export function handleAt({ all, lengths }: Handles, text: string): string | undefined {
  const isOne = (length: number): boolean =>
    length <= text.length && all.has(text.slice(0, length)) && !goesOn.test(text.slice(length))
  const length = lengths.find(isOne)
  return length === undefined ? undefined : text.slice(0, length)
}
