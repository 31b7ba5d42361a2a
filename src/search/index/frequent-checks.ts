/** Whether the sets of frequent words are what the full-text table holds of the tickets that did not change since they were made. */
import type { Database } from '../../sqlite/database.js'
import { addMembers, membersOf, newBits, placesOf, setBit, type Sizes } from './bits.js'
import { sizesOfPart } from './frequent-tables.js'
import { placesIn, TICKETS } from './full-text.js'
import { FACTOR } from './tables.js'

/** The numbers of those of which they are not, up to so many. */
export function differingFrequent(database: Database, sizes: Sizes, most: number): ReadonlySet<number> {
  const differing = new Set<number>()
  // A file that an older version has written has none.
  if (database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'often_parts'").get() === undefined) return differing
  const size = 2 ** sizes.partBits
  const words = new Map<number, string>()
  for (const row of database.prepare('SELECT id, word FROM often_words').all())
    words.set(Number(row['id']), String(row['word']))
  for (const row of database.prepare('SELECT part, words FROM often_parts ORDER BY part').all()) {
    const from = Number(row['part']) * size
    const changed = new Set(
      database
        .prepare('SELECT number FROM often_changed WHERE number >= ? AND number < ?')
        .all(from, from + size)
        .map(({ number }) => Number(number)),
    )
    for (const id of String(row['words']).split(' ')) {
      const word = words.get(Number(id)) ?? ''
      for (const number of differingIn(database, sizes, from, Number(id), word)) {
        if (changed.has(number)) continue
        if (differing.size >= most) return differing
        differing.add(number)
      }
    }
  }
  return differing
}

/** The numbers of a part that hold a word and are not in its set, or the other way round. */
function* differingIn(
  database: Database,
  sizes: Sizes,
  from: number,
  id: number,
  word: string,
): Generator<number, void, undefined> {
  const parts = 2 ** (sizes.chunkBits - sizes.partBits)
  const part = from / 2 ** sizes.partBits
  const row = database.prepare('SELECT place FROM find_chunks WHERE chunk = ?').get(Math.floor(part / parts))
  const place = Number(row?.['place'] ?? 0) * parts + (part % parts)
  const kept = newBits(sizesOfPart(sizes))
  const blob = database.prepare('SELECT numbers FROM often_sets WHERE id = ?').get(place * FACTOR + id)?.['numbers']
  if (blob instanceof Uint8Array) addMembers(kept, membersOf(blob, sizesOfPart(sizes)))
  const first = place * 2 ** sizes.partBits
  const held = newBits(sizesOfPart(sizes))
  for (const found of placesIn(database, TICKETS, `"${word}"`, first, first + 2 ** sizes.partBits)) {
    setBit(held, found - first)
  }
  for (let at = 0; at < held.length; at++) kept[at] = (kept[at] ?? 0) ^ (held[at] ?? 0)
  for (const inPart of placesOf(kept)) yield from + inPart
}
