/**
 * Sets of small numbers as bits, and how they are kept: a blob is a bitmap where that is smaller, else a sorted list of 16-bit numbers.
 * Which of the two it is, its length says: a list is always shorter than a bitmap.
 */

/** How a chunk is laid out: how many numbers one holds, and how many of them lie in one part of a column. Both are powers of two. */
export interface Sizes {
  readonly chunkBits: number
  readonly partBits: number
}

export const SIZES: Sizes = { chunkBits: 16, partBits: 13 }

/** Bits of a whole chunk. */
export function newBits({ chunkBits }: Sizes): Uint32Array {
  return new Uint32Array((1 << chunkBits) >>> 5)
}

/** Arrays that are kept for other answers at most. */
const SPARE_MAX = 128

/** Bits of whole chunks for the work of one answer. The next answer takes the same ones, so that none leaves garbage behind. */
export class SpareBits {
  readonly #sizes: Sizes
  readonly #all: Uint32Array[] = []
  #free: Uint32Array[] = []

  constructor(sizes: Sizes) {
    this.#sizes = sizes
  }

  /** None of them is set. Until it is given back, or another answer begins, nobody else has it. */
  take(): Uint32Array {
    const spare = this.#free.pop()
    if (spare !== undefined) return spare.fill(0)
    const bits = newBits(this.#sizes)
    if (this.#all.length < SPARE_MAX) this.#all.push(bits)
    return bits
  }

  /** The same as others. */
  copy(others: Uint32Array): Uint32Array {
    const bits = this.take()
    bits.set(others)
    return bits
  }

  release(bits: Uint32Array): void {
    this.#free.push(bits)
  }

  /** Another answer begins: whatever was taken is free again. */
  reclaim(): void {
    this.#free = [...this.#all]
  }
}

/** How many bits of a word are set. */
export function countOfWord(word: number): number {
  let x = word - ((word >>> 1) & 0x55555555)
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333)
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

export function countOf(bits: Uint32Array): number {
  let count = 0
  for (let at = 0; at < bits.length; at++) {
    const word = bits[at] ?? 0
    if (word !== 0) count += countOfWord(word)
  }
  return count
}

export function isEmpty(bits: Uint32Array): boolean {
  for (let at = 0; at < bits.length; at++) if (bits[at] !== 0) return false
  return true
}

export function setBit(bits: Uint32Array, place: number): void {
  bits[place >>> 5] = (bits[place >>> 5] ?? 0) | (1 << (place & 31))
}

export function clearBit(bits: Uint32Array, place: number): void {
  bits[place >>> 5] = (bits[place >>> 5] ?? 0) & ~(1 << (place & 31))
}

export function hasBit(bits: Uint32Array, place: number): boolean {
  return (((bits[place >>> 5] ?? 0) >>> (place & 31)) & 1) === 1
}

/** The places that are set, in order. */
export function placesOf(bits: Uint32Array): number[] {
  const places: number[] = []
  for (let at = 0; at < bits.length; at++) {
    for (let word = bits[at] ?? 0; word !== 0; word &= word - 1) {
      places.push((at << 5) | (31 - Math.clz32(word & -word)))
    }
  }
  return places
}

/** Takes out of `bits` what others have too; gives the places of it, in order. */
export function takeShared(bits: Uint32Array, others: Uint32Array): number[] {
  const places: number[] = []
  for (let at = 0; at < bits.length; at++) {
    const word = bits[at] ?? 0
    if (word === 0) continue
    const shared = word & (others[at] ?? 0)
    bits[at] = word ^ shared
    for (let left = shared; left !== 0; left &= left - 1) places.push((at << 5) | (31 - Math.clz32(left & -left)))
  }
  return places
}

/** The first places that are set, up to `most`; from the last one down where they are asked for so. */
export function firstPlaces(bits: Uint32Array, most: number, isDescending: boolean): number[] {
  const places: number[] = []
  for (let turn = 0; turn < bits.length; turn++) {
    const at = isDescending ? bits.length - 1 - turn : turn
    let word = bits[at] ?? 0
    while (word !== 0) {
      if (places.length >= most) return places
      const bit = isDescending ? 31 - Math.clz32(word) : 31 - Math.clz32(word & -word)
      word ^= 1 << bit
      places.push((at << 5) | bit)
    }
  }
  return places
}

/** Clears the first `count` that are set, from the last one down where it is asked for so. */
export function clearFirst(bits: Uint32Array, count: number, isDescending: boolean): void {
  let left = count
  for (let turn = 0; turn < bits.length && left > 0; turn++) {
    const at = isDescending ? bits.length - 1 - turn : turn
    let word = bits[at] ?? 0
    const inWord = countOfWord(word)
    if (inWord <= left) {
      bits[at] = 0
      left -= inWord
      continue
    }
    for (; left > 0; left--) word ^= isDescending ? 1 << (31 - Math.clz32(word)) : word & -word
    bits[at] = word
  }
}

/** Whether a blob of this many bytes is a bitmap of the chunk. */
function isBitmap(blob: Uint8Array, { chunkBits }: Sizes): boolean {
  return blob.byteLength === (1 << chunkBits) >>> 3
}

/** What a blob holds, to be read as numbers of 16 bits. */
export function shorts(blob: Uint8Array): Uint16Array {
  const whole = (blob.byteOffset & 1) === 0 ? blob : blob.slice()
  return new Uint16Array(whole.buffer, whole.byteOffset, whole.byteLength >>> 1)
}

/** What a blob holds, to be read as numbers of 32 bits. */
export function words(blob: Uint8Array): Uint32Array {
  const whole = (blob.byteOffset & 3) === 0 ? blob : blob.slice()
  return new Uint32Array(whole.buffer, whole.byteOffset, whole.byteLength >>> 2)
}

/** The bytes that keep a set; undefined for an empty one. */
export function blobOf(bits: Uint32Array): Uint8Array | undefined {
  const count = countOf(bits)
  if (count === 0) return undefined
  if (count * 2 >= bits.byteLength) return new Uint8Array(bits.buffer, bits.byteOffset, bits.byteLength)
  return new Uint8Array(Uint16Array.from(placesOf(bits)).buffer)
}

/** A set as it is kept: the bits of a bitmap, or a sorted list. */
export type Members = Uint32Array | Uint16Array

/** What a blob holds. */
export function membersOf(blob: Uint8Array, sizes: Sizes): Members {
  return isBitmap(blob, sizes) ? words(blob) : shorts(blob)
}

/** Adds what a set holds. */
export function addMembers(bits: Uint32Array, members: Members): void {
  if (members instanceof Uint32Array) or(bits, members)
  else for (let at = 0; at < members.length; at++) setBit(bits, members[at] ?? 0)
}

/** Where no more than these are set they are looked up in each set one by one. */
const SPARSE = 64

/** The places that are set, in order, where they are no more than are looked up one by one. */
export function fewPlacesOf(bits: Uint32Array): readonly number[] | undefined {
  const places: number[] = []
  for (let at = 0; at < bits.length; at++) {
    for (let word = bits[at] ?? 0; word !== 0; word &= word - 1) {
      if (places.length === SPARSE) return undefined
      places.push((at << 5) | (31 - Math.clz32(word & -word)))
    }
  }
  return places
}

/** Whether a set holds a place. */
export function hasMember(members: Members, place: number): boolean {
  return members instanceof Uint32Array ? hasBit(members, place) : isListed(members, place)
}

/** Bits that are held against many sets, one after another. */
export class Some {
  readonly #bits: Uint32Array
  /** Undefined where they are many. */
  readonly #places: readonly number[] | undefined

  constructor(bits: Uint32Array) {
    this.#bits = bits
    if (countOf(bits) <= SPARSE) this.#places = placesOf(bits)
  }

  /** How many of a set's are among them. */
  countIn(members: Members): number {
    if (this.#places === undefined) return countIn(this.#bits, members)
    let count = 0
    if (members instanceof Uint32Array) for (const place of this.#places) count += hasBit(members, place) ? 1 : 0
    else if (members.length <= this.#places.length * 8) return countOfListed(this.#bits, members)
    else for (const place of this.#places) count += isListed(members, place) ? 1 : 0
    return count
  }
}

/** How many of a set's are set. */
function countIn(bits: Uint32Array, members: Members): number {
  return members instanceof Uint32Array ? countOfBoth(bits, members) : countOfListed(bits, members)
}

/**
 * How many both have. Eight words at a time are added up bit by bit, as columns of written numbers are, and of all of them only what is
 * carried as an eight is counted: facets count hundreds of sets in each chunk.
 */
function countOfBoth(bits: Uint32Array, others: Uint32Array): number {
  let [ones, twos, fours, eights] = [0, 0, 0, 0]
  const whole = bits.length & ~7
  for (let at = 0; at < whole; at += 8) {
    let first = (bits[at] ?? 0) & (others[at] ?? 0)
    let second = (bits[at + 1] ?? 0) & (others[at + 1] ?? 0)
    let half = ones ^ first
    const twosA = (ones & first) | (half & second)
    ones = half ^ second
    first = (bits[at + 2] ?? 0) & (others[at + 2] ?? 0)
    second = (bits[at + 3] ?? 0) & (others[at + 3] ?? 0)
    half = ones ^ first
    const twosB = (ones & first) | (half & second)
    ones = half ^ second
    half = twos ^ twosA
    const foursA = (twos & twosA) | (half & twosB)
    twos = half ^ twosB
    first = (bits[at + 4] ?? 0) & (others[at + 4] ?? 0)
    second = (bits[at + 5] ?? 0) & (others[at + 5] ?? 0)
    half = ones ^ first
    const twosC = (ones & first) | (half & second)
    ones = half ^ second
    first = (bits[at + 6] ?? 0) & (others[at + 6] ?? 0)
    second = (bits[at + 7] ?? 0) & (others[at + 7] ?? 0)
    half = ones ^ first
    const twosD = (ones & first) | (half & second)
    ones = half ^ second
    half = twos ^ twosC
    const foursB = (twos & twosC) | (half & twosD)
    twos = half ^ twosD
    half = fours ^ foursA
    const eight = (fours & foursA) | (half & foursB)
    fours = half ^ foursB
    if (eight !== 0) eights += countOfWord(eight)
  }
  let count = eights * 8 + countOfWord(fours) * 4 + countOfWord(twos) * 2 + countOfWord(ones)
  for (let at = whole; at < bits.length; at++) count += countOfWord((bits[at] ?? 0) & (others[at] ?? 0))
  return count
}

/** How many of a list are set: four at a time, which do not wait for each other. */
function countOfListed(bits: Uint32Array, places: Uint16Array): number {
  let count = 0
  const whole = places.length & ~3
  for (let at = 0; at < whole; at += 4) {
    const [one, two] = [places[at] ?? 0, places[at + 1] ?? 0]
    const [three, four] = [places[at + 2] ?? 0, places[at + 3] ?? 0]
    count += (((bits[one >>> 5] ?? 0) >>> (one & 31)) & 1) + (((bits[two >>> 5] ?? 0) >>> (two & 31)) & 1)
    count += (((bits[three >>> 5] ?? 0) >>> (three & 31)) & 1) + (((bits[four >>> 5] ?? 0) >>> (four & 31)) & 1)
  }
  for (let at = whole; at < places.length; at++) if (hasBit(bits, places[at] ?? 0)) count += 1
  return count
}

/** Whether a place is on a sorted list. */
function isListed(places: Uint16Array, place: number): boolean {
  let [from, end] = [0, places.length]
  while (from < end) {
    const middle = (from + end) >>> 1
    if ((places[middle] ?? 0) < place) from = middle + 1
    else end = middle
  }
  return places[from] === place
}

/** Keeps what both have. */
export function and(bits: Uint32Array, others: Uint32Array): void {
  for (let at = 0; at < bits.length; at++) bits[at] = (bits[at] ?? 0) & (others[at] ?? 0)
}

export function or(bits: Uint32Array, others: Uint32Array): void {
  for (let at = 0; at < bits.length; at++) bits[at] = (bits[at] ?? 0) | (others[at] ?? 0)
}

export function andNot(bits: Uint32Array, others: Uint32Array): void {
  for (let at = 0; at < bits.length; at++) bits[at] = (bits[at] ?? 0) & ~(others[at] ?? 0)
}

/** A set with some places more and some less: `add` wins. Undefined where nothing is left, and where nothing would change, the same. */
export function changed(
  old: Uint8Array | undefined,
  add: readonly number[],
  drop: readonly number[],
  sizes: Sizes,
): Uint8Array | undefined {
  const bits = newBits(sizes)
  if (old !== undefined) addMembers(bits, membersOf(old, sizes))
  let isSame = true
  for (const place of drop) {
    if (!hasBit(bits, place)) continue
    clearBit(bits, place)
    isSame = false
  }
  for (const place of add) {
    if (hasBit(bits, place)) continue
    setBit(bits, place)
    isSame = false
  }
  return isSame ? old : blobOf(bits)
}
