/**
 * The rows of a tree of which some directories are open: how many there are, which one is where, and where a key is. Nothing is laid out:
 * a directory of a hundred thousand keys that changes a hundred times a second costs what is open, not what lies in it.
 */
/** A key or directory as the page knows it. */
export interface Found {
  readonly key: string
  readonly isDir: boolean
  /** Undefined of a directory, and of what was only listed. */
  readonly value: string | undefined
  readonly created: number
  readonly modified: number
  /** When it expires, in milliseconds since 1970; undefined where it does not. */
  readonly expires: number | undefined
}

export type Opened =
  | { readonly state: 'reading' }
  | { readonly state: 'read'; readonly children: readonly Found[]; readonly index: number }
  | { readonly state: 'failed'; readonly problem: unknown }

/** A row of the tree. */
export interface TreeRow {
  readonly found: Found
  readonly name: string
  readonly level: number
  readonly opened: Opened | undefined
  /** Which of how many it is in its directory. */
  readonly place: number
  readonly of: number
}

export const ROOT = '/'

export function nameOf(key: string): string {
  return key === ROOT ? ROOT : key.slice(key.lastIndexOf('/') + 1)
}

export function parentOf(key: string): string {
  const at = key.lastIndexOf('/')
  return at <= 0 ? ROOT : key.slice(0, at)
}

/** A directory that is open: how many rows lie below it, and which of its children are open too. */
interface Open {
  readonly children: readonly Found[]
  readonly count: number
  readonly below: readonly { readonly at: number; readonly key: string; readonly count: number }[]
}

export class TreeRows {
  readonly #opened: ReadonlyMap<string, Opened>
  readonly #open = new Map<string, Open>()

  constructor(opened: ReadonlyMap<string, Opened>) {
    this.#opened = opened
    // The deepest first, so that what lies in a directory is counted before it.
    for (const key of [...opened.keys()].toSorted((a, b) => depthOf(b) - depthOf(a))) this.#lay(key)
  }

  get count(): number {
    return this.#open.get(ROOT)?.count ?? 0
  }

  /** The row at a place. */
  at(index: number): TreeRow | undefined {
    let directory = ROOT
    let left = index
    for (let level = 1; ; level++) {
      const open = this.#open.get(directory)
      if (open === undefined || left < 0 || left >= open.count) return undefined
      // Rows of open directories before it stand between.
      let place = left
      let inner: string | undefined
      for (const { at, key, count } of open.below) {
        if (place <= at) break
        if (place <= at + count) {
          inner = key
          left = place - at - 1
          break
        }
        place -= count
      }
      if (inner === undefined) return this.#row(open, place, level)
      directory = inner
    }
  }

  /** At which place a key stands; -1 where it is not shown. */
  placeOf(key: string): number {
    if (key === ROOT) return -1
    const parent = parentOf(key)
    const open = this.#open.get(parent)
    if (open === undefined) return -1
    const at = placeOf(open.children, nameOf(key))
    if (open.children[at]?.key !== key) return -1
    const before = open.below.reduce((sum, one) => (one.at < at ? sum + one.count : sum), 0)
    if (parent === ROOT) return at + before
    const above = this.placeOf(parent)
    return above === -1 ? -1 : above + 1 + at + before
  }

  #row({ children }: Open, place: number, level: number): TreeRow | undefined {
    const found = children[place]
    if (found === undefined) return undefined
    const opened = found.isDir ? this.#opened.get(found.key) : undefined
    return { found, name: nameOf(found.key), level, opened, place: place + 1, of: children.length }
  }

  #lay(directory: string): void {
    const opened = this.#opened.get(directory)
    if (opened?.state !== 'read') return
    const { children } = opened
    const below: { at: number; key: string; count: number }[] = []
    for (const [key, { count }] of this.#open) {
      if (key === ROOT || parentOf(key) !== directory) continue
      const at = placeOf(children, nameOf(key))
      if (children[at]?.key === key) below.push({ at, key, count })
    }
    const inner = below.reduce((sum, { count }) => sum + count, 0)
    this.#open.set(directory, {
      children,
      count: children.length + inner,
      below: below.toSorted((a, b) => a.at - b.at),
    })
  }
}

const depthOf = (key: string): number => (key === ROOT ? 0 : key.split('/').length - 1)

/** Where a name stands, or would, in a directory: by its characters, as the desk sorts. */
export function placeOf(children: readonly Found[], name: string): number {
  let low = 0
  let high = children.length
  while (low < high) {
    const middle = (low + high) >> 1
    const found = children[middle]
    if (found !== undefined && before(nameOf(found.key), name)) low = middle + 1
    else high = middle
  }
  return low
}

/** By code points, which is how UTF-8 sorts. */
function before(one: string, other: string): boolean {
  const length = Math.min(one.length, other.length)
  for (let at = 0; at < length; at++) {
    const [a, b] = [one.charCodeAt(at), other.charCodeAt(at)]
    if (a === b) continue
    const [isHigh, isOtherHigh] = [a >= 0xd800 && a <= 0xdfff, b >= 0xd800 && b <= 0xdfff]
    return isHigh === isOtherHigh ? a < b : isOtherHigh
  }
  return one.length < other.length
}
