/** Whether the sets of frequent words are what the full-text table holds of the tickets that did not change since they were made. */
import type { Database } from '../../sqlite/database.js'
import { addMembers, hasBit, membersOf, newBits, placesOf, type Sizes } from './bits.js'
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
  const size = 2 ** sizes.chunkBits
  const chunk = Math.floor(from / size)
  const base = chunk * size
  const place = Number(database.prepare('SELECT place FROM find_chunks WHERE chunk = ?').get(chunk)?.['place'] ?? 0)
  const first = place * size
  const kept = newBits(sizes)
  const blob = database.prepare('SELECT numbers FROM often_sets WHERE id = ?').get(place * FACTOR + id)?.['numbers']
  if (blob instanceof Uint8Array) addMembers(kept, membersOf(blob, sizes))
  const [low, high] = [from - base, from - base + 2 ** sizes.partBits]
  const held = new Set<number>()
  for (const found of placesIn(database, TICKETS, `"${word}"`, first + low, first + high)) {
    held.add(found - first)
    if (!hasBit(kept, found - first)) yield base + found - first
  }
  for (const inChunk of placesOf(kept)) {
    if (inChunk >= low && inChunk < high && !held.has(inChunk)) yield base + inChunk
  }
}
