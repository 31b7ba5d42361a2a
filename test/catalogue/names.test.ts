/**
 * Names under any sequence of changes: what is found by a name, the table of names, what a number means, the lists, and which status
 * tickets begin in are what a model in memory says, and the checks find nothing wrong.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { catalogueChecks } from '#src/catalogue/checks.js'
import { fieldKind } from '#src/catalogue/fields.js'
import { labelKind } from '#src/catalogue/labels.js'
import { allThere, findNamed, meant, type Kind } from '#src/catalogue/named.js'
import { queueKind } from '#src/catalogue/queues.js'
import { categories, firstStatus, statusKind, type Category } from '#src/catalogue/statuses.js'
import type { NamedRecord } from '#src/catalogue/tables.js'
import { nameChecks } from '#src/names/checks.js'
import { CommandError } from '#src/store/errors.js'
import { userChecks } from '#src/users/checks.js'
import { findUser } from '#src/users/finding.js'
import { CommandDesk } from '../support/command-desk.js'

/** Several ways to write the same name, and names that a desk begins with. */
const pool = [
  'a',
  ' A',
  'ä',
  'a\u0308',
  'Ä',
  'b',
  'ß',
  'ẞ',
  'open',
  'OPEN',
  'new',
  'closed',
  'Resolved',
  'default',
  'DEFAULT',
]

const same = (name: string): string => name.trim().normalize('NFC').toLowerCase().normalize('NFC')

interface Thing {
  readonly number: number
  name: string
  readonly category: Category | undefined
  archived: boolean
  into: number | undefined
  isGone: boolean
}

type Step =
  | { readonly do: 'create'; readonly name: string; readonly category: Category }
  | { readonly do: 'rename'; readonly name: string; readonly to: string }
  | { readonly do: 'merge'; readonly name: string; readonly into: string }
  | { readonly do: 'archive'; readonly name: string; readonly archived: boolean }
  | { readonly do: 'delete'; readonly name: string }

const name = fc.constantFrom(...pool)
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('create' as const), name, category: fc.constantFrom(...categories) }),
  fc.record({ do: fc.constant('rename' as const), name, to: name }),
  fc.record({ do: fc.constant('merge' as const), name, into: name }),
  fc.record({ do: fc.constant('archive' as const), name, archived: fc.boolean() }),
  fc.record({ do: fc.constant('delete' as const), name }),
)

type Subject = 'label' | 'status' | 'queue' | 'field'

const kinds: Readonly<Record<Subject, Kind<NamedRecord>>> = {
  label: labelKind,
  status: statusKind,
  queue: queueKind,
  field: fieldKind,
}

/** What is called how, and what each step does to it, in a few lines. */
class Model {
  readonly #subject: Subject
  readonly things: Thing[]

  constructor(subject: Subject) {
    this.#subject = subject
    this.things = kinds[subject].firsts.map((first) => ({
      number: first.number,
      name: first.name,
      category: categories.find((category) => 'category' in first && first.category === category),
      archived: false,
      into: undefined,
      isGone: false,
    }))
  }

  find(text: string): Thing | undefined {
    return this.there().find((thing) => same(thing.name) === same(text))
  }

  there(): Thing[] {
    return this.things.filter(({ into, isGone }) => into === undefined && !isGone)
  }

  meant(number: number): Thing | undefined {
    const thing = this.things[number - 1]
    return thing?.into === undefined ? thing : this.meant(thing.into)
  }

  /** The code with which a step is refused; undefined where it is done. */
  take(taken: Step): string | undefined {
    const thing = this.find(taken.name)
    if (taken.do === 'create') {
      if (thing !== undefined) return 'name_taken'
      const category = this.#subject === 'status' ? taken.category : undefined
      const number = this.things.length + 1
      this.things.push({ number, name: taken.name.trim(), category, archived: false, into: undefined, isGone: false })
      return undefined
    }
    if (thing === undefined) return 'not_found'
    switch (taken.do) {
      case 'rename': {
        const holder = this.find(taken.to)
        if (holder !== undefined && holder !== thing) return 'name_taken'
        thing.name = taken.to.trim()
        return undefined
      }
      case 'archive':
        if (taken.archived && this.#isNeeded(thing)) return 'last_one'
        thing.archived = taken.archived
        return undefined
      case 'merge':
        return this.#merge(thing, this.find(taken.into))
      default:
        if (this.#isNeeded(thing)) return 'last_one'
        thing.isGone = true
        return undefined
    }
  }

  #merge(thing: Thing, into: Thing | undefined): string | undefined {
    if (into === undefined) return 'unknown_name'
    if (into.category !== thing.category || into === thing) return 'invalid_value'
    if (into.archived && !thing.archived) return 'archived'
    if (this.#isNeeded(thing)) return 'last_one'
    thing.into = into.number
    return undefined
  }

  #isNeeded(thing: Thing): boolean {
    if (this.#subject === 'queue') return thing.number === 1
    if (thing.archived || (thing.category !== 'new' && thing.category !== 'done')) return false
    return this.there().every((one) => one === thing || one.archived || one.category !== thing.category)
  }
}

/** Runs a step as a command. */
function run(desk: CommandDesk, subject: Subject, taken: Step): void {
  if (taken.do === 'merge') {
    if (subject === 'label' || subject === 'status')
      desk.run(`${subject}.merge`, { name: taken.name, into: taken.into })
  } else if (taken.do === 'rename') {
    desk.run(`${subject}.change`, { name: taken.name, change: { name: taken.to } })
  } else if (taken.do === 'archive') {
    desk.run(`${subject}.change`, { name: taken.name, change: { archived: taken.archived } })
  } else if (taken.do === 'delete') {
    desk.run(`${subject}.delete`, { name: taken.name })
  } else if (subject === 'label') {
    desk.run('label.create', { label: { name: taken.name } })
  } else if (subject === 'queue') {
    desk.run('queue.create', { queue: { name: taken.name } })
  } else if (subject === 'field') {
    desk.run('field.create', { field: { name: taken.name, type: 'text' } })
  } else {
    desk.run('status.create', { status: { name: taken.name, category: taken.category } })
  }
}

function codeOf(work: () => void): string | undefined {
  try {
    work()
    return undefined
  } catch (error) {
    if (error instanceof CommandError) return error.code
    throw error
  }
}

/** All that can be asked about names. */
function stateOf(desk: CommandDesk, subject: Subject, numbers: number): unknown {
  const { transaction } = desk
  const kind = kinds[subject]
  const rows = desk.query('SELECT folded, number FROM names WHERE kind = ? ORDER BY number', subject)
  return {
    found: pool.map((text) => findNamed(transaction, kind, text)?.number),
    names: rows.map((row) => [row['folded'], row['number']]),
    meant: Array.from({ length: numbers }, (_, at) => meant(transaction, kind, at + 1).number),
    there: allThere((sql) => desk.query(sql), kind).map((row) => [row.number, row.name, row.archived]),
    first: subject === 'status' ? firstStatus(transaction) : undefined,
  }
}

function modelState(desk: CommandDesk, subject: Subject, model: Model): unknown {
  const { transaction } = desk
  const there = model.there()
  // What a desk begins with has its name in the table only once it is changed.
  const recorded = there.filter(({ number }) => transaction.get(kinds[subject].table, String(number)) !== undefined)
  return {
    found: pool.map((text) => model.find(text)?.number),
    names: recorded.map((thing) => [same(thing.name), thing.number]),
    meant: model.things.map(({ number }) => model.meant(number)?.number),
    there: there.map((thing) => [thing.number, thing.name, Number(thing.archived)]),
    first: there.find(({ category, archived }) => category === 'new' && !archived)?.number,
  }
}

test('a text that is longer than any name is none, and is not folded: by its marks that takes time by the square', () => {
  const { transaction } = new CommandDesk()
  const marks = `a${'\u0301\u0323'.repeat(500_000)}`
  for (const kind of Object.values(kinds)) expect(findNamed(transaction, kind, marks)).toBeUndefined()
  expect(findUser(transaction, marks)).toBeUndefined()
  expect(findNamed(transaction, statusKind, `  open${' '.repeat(194)}`)?.name).toBe('open')
  expect(findNamed(transaction, statusKind, `  open${' '.repeat(195)}`)).toBeUndefined()
})

describe.each(['label', 'status', 'queue', 'field'] as const)('names of %s', (subject) => {
  test('are what a model says after any sequence of changes', () => {
    const canMerge = subject === 'label' || subject === 'status'
    const steps = fc.array(canMerge ? step : step.filter((taken) => taken.do !== 'merge'), { maxLength: 40 })
    fc.assert(
      fc.property(steps, (taken) => {
        const desk = new CommandDesk()
        const model = new Model(subject)
        for (const one of taken) {
          expect(codeOf(() => run(desk, subject, one))).toBe(model.take(one))
          expect(stateOf(desk, subject, model.things.length)).toEqual(modelState(desk, subject, model))
        }
        const looks = [catalogueChecks, nameChecks, userChecks].flatMap((checks) => checks.looks ?? [])
        expect(desk.problems(looks)).toEqual([])
      }),
      { numRuns: 60 },
    )
  })
})
