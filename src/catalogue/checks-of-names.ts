/** That each thing is found by its name and by no other, and that what was merged leads to what it became. */
import { folded } from '../names/name.js'
import { decodeText } from '../sqlite/database.js'
import type { Look } from '../store/check.js'
import { isThere, type Kind } from './named.js'
import type { NamedRecord } from './tables.js'

/** Names and records agree, both ways. */
export function namesOfKind({ kind, table, firsts }: Kind<NamedRecord>): Look {
  return (database) => {
    const rows = database.prepare(`SELECT number, name, merged_into, gone FROM ${table.name} ORDER BY number`).all()
    const there = new Map<string, number>()
    const known = new Set(rows.map(({ number }) => Number(number)))
    const double: string[] = []
    const note = (name: string, number: number): void => {
      if (there.has(folded(name))) double.push(name)
      else there.set(folded(name), number)
    }
    for (const { number, name, merged_into: into, gone } of rows) {
      if (into === null && gone === null) note(decodeText(String(name)), Number(number))
    }
    const recorded = new Map(there)
    for (const first of firsts) if (!known.has(first.number)) note(first.name, first.number)
    const names = new Map(
      database
        .prepare('SELECT folded, number FROM names WHERE kind = ?')
        .all(kind)
        .map((row) => [decodeText(String(row['folded'])), Number(row['number'])]),
    )
    const missing = [...recorded].filter(([name, number]) => names.get(name) !== number)
    const strange = [...names].filter(([name, number]) => recorded.get(name) !== number)
    return [
      { broken: `${table.name} have the same name`, names: double },
      { broken: `${table.name} are not found by their name`, names: missing.map(([name]) => name) },
      { broken: `names of ${table.name} stand for what is not called so`, names: strange.map(([name]) => name) },
    ]
  }
}

/** Each way of merges ends, at something of the same category. */
export function waysOfMerges({ table, firsts }: Kind<NamedRecord>): Look {
  return (database) => {
    const rows = database
      .prepare(`SELECT ${table.columns.join(', ')} FROM ${table.name}`)
      .all()
      .map((row) => table.decode(row))
    const byNumber = new Map<number, NamedRecord>([...firsts, ...rows].map((row) => [row.number, row]))
    const ends = (row: NamedRecord): boolean => {
      const seen = new Set<number>()
      let now: NamedRecord | undefined = row
      while (now !== undefined && !isThere(now) && now.into !== null && !seen.has(now.number)) {
        seen.add(now.number)
        now = byNumber.get(now.into)
      }
      return now !== undefined && now.into === null && categoryOf(now) === categoryOf(row)
    }
    const lost = rows.filter((row) => !ends(row)).map(({ number }) => `number ${number}`)
    return [{ broken: `${table.name} were merged into what is not there, or not of their category`, names: lost }]
  }
}

/** Only statuses have one. */
function categoryOf(row: NamedRecord): unknown {
  return 'category' in row ? row.category : undefined
}
