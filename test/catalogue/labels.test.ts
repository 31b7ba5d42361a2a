/** Labels: how they are named, changed, merged and removed. Names follow the same rules wherever something has one. */
import { describe, expect, test } from 'vitest'
import { findLabel, labelOf } from '#src/catalogue/labels.js'
import { labelsMax } from '#src/contract/limits.js'
import { CommandDesk } from '../support/command-desk.js'
import { openStore } from '../support/store.js'

const label = (name: string, more: object = {}) => ({ label: { name, ...more } })

describe('a label', () => {
  test('has a name, a color and a description, and is one event when it is made', () => {
    const desk = new CommandDesk()
    const { result } = desk.run('label.create', label(' Disk ', { color: '#D73A4A', description: 'Storage is full' }))
    expect(result).toEqual({ number: 1 })
    expect(findLabel(desk.transaction, 'disk')).toEqual({
      number: 1,
      name: 'Disk',
      color: '#d73a4a',
      description: 'Storage is full',
      archived: 0,
      into: null,
      gone: null,
      version: 1,
    })
    expect(desk.newestEvent()).toMatchObject({
      key: 'labels/1',
      detail: { type: 'label.created', label: 1, name: 'Disk', version: 1, actor: null },
    })
    expect(desk.index).toBe(1)
  })

  test('has neither where nothing is said, and loses both by null', () => {
    const desk = new CommandDesk()
    desk.run('label.create', label('a', { color: '#000000', description: 'x' }))
    desk.run('label.change', { name: 'a', change: { color: null, description: null } })
    expect(findLabel(desk.transaction, 'a')).toMatchObject({ color: '', description: '' })
  })

  test.each([
    ['a color without #', { color: 'd73a4a' }, '/color'],
    ['a short color', { color: '#fff' }, '/color'],
    ['a description of more than 1,000 characters', { description: 'x'.repeat(1001) }, '/description'],
    ['a description with a control character', { description: 'two\nlines' }, '/description'],
    ['no name', { name: '  ' }, '/name'],
    ['a name that no URL leads to', { name: ' .. ' }, '/name'],
    ['a name of more than 50 characters', { name: 'x'.repeat(51) }, '/name'],
    ['a name with a zero-width character', { name: 'di\u200bsk' }, '/name'],
    ['a name that turns the direction', { name: 'disk\u202e' }, '/name'],
    ['a name with a control character', { name: 'di\u0007sk' }, '/name'],
  ])('with %s is refused, made or changed', (_, members, pointer) => {
    const desk = new CommandDesk()
    expect(desk.refusal('label.create', label('good', members))).toMatchObject({
      code: 'invalid_value',
      faults: [pointer],
    })
    desk.run('label.create', label('good'))
    const changed = desk.refusal('label.change', { name: 'good', change: members })
    expect(changed).toMatchObject({ code: 'invalid_value', faults: [pointer] })
  })

  test('is told all its faults at once', () => {
    const desk = new CommandDesk()
    const { faults } = desk.refusal('label.create', label('', { color: 'red', description: '\u0000' }))
    expect(faults).toEqual(['/name', '/color', '/description'])
  })

  test('takes an emoji whose parts are joined without a width', () => {
    const desk = new CommandDesk()
    desk.run('label.create', label('👩‍🚒 fire'))
    expect(findLabel(desk.transaction, '👩‍🚒 FIRE')?.number).toBe(1)
  })

  test.each([
    ['in another case', 'Öl', 'öL'],
    ['decomposed', 'caf\u00e9', 'cafe\u0301'],
    ['composed', 'cafe\u0301', 'CAF\u00c9'],
    ['with spaces around it', 'disk', '  disk '],
  ])('of a name that is taken, %s, is refused and told which has it', (_, first, second) => {
    const desk = new CommandDesk()
    desk.run('label.create', label(first))
    const { code, message, details } = desk.refusal('label.create', label(second))
    expect(code).toBe('name_taken')
    expect(message).toContain(`'${first}'`)
    expect(details).toEqual({ taken: first })
  })

  test('may be called as a status or a queue is: each kind has names of its own', () => {
    const desk = new CommandDesk()
    for (const name of ['open', 'default']) desk.run('label.create', label(name))
    expect(findLabel(desk.transaction, 'default')?.number).toBe(2)
  })

  test('asked for by 20 at once in mixed case is made once', async () => {
    const store = await openStore()
    const names = Array.from({ length: 20 }, (_, place) =>
      Array.from('urgent', (letter, at) => ((place >> at) & 1 ? letter.toUpperCase() : letter)).join(''),
    )
    const outcomes = await Promise.allSettled(names.map((name) => store.run('label.create', { label: { name } })))
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(store.history.head()).toBe(1)
  })

  test('asked for again with the same key is the one that was made', () => {
    const desk = new CommandDesk()
    const args = { ...label('a'), once: { key: 'k', hash: 'h' } }
    expect(desk.run('label.create', args)).toEqual({ result: { number: 1 }, index: 1, isReplayed: false })
    expect(desk.run('label.create', args)).toEqual({ result: { number: 1 }, index: 1, isReplayed: true })
    expect(desk.refusal('label.create', { ...args, once: { key: 'k', hash: 'other' } }).code).toBe('key_reused')
  })

  test(`is refused where there are ${labelsMax} already`, () => {
    const desk = new CommandDesk()
    desk.query(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${labelsMax})
       INSERT INTO labels (number, name, archived, version, color, description) SELECT i, 'l' || i, 0, 0, '', '' FROM n`,
    )
    expect(desk.refusal('label.create', label('one more')).code).toBe('full')
  })
})

describe('a change of a label', () => {
  test('is one event, and moves its version', () => {
    const desk = new CommandDesk()
    desk.run('label.create', label('a'))
    desk.run('label.change', { name: 'A', change: { color: '#00ff00', description: 'green' }, version: 1 })
    expect(findLabel(desk.transaction, 'a')?.version).toBe(2)
    expect(desk.newestEvent()).toMatchObject({
      key: 'labels/1',
      detail: {
        type: 'label.changed',
        label: 1,
        name: 'a',
        version: 2,
        changes: { color: ['', '#00ff00'], description: true },
      },
    })
  })

  test('that changes nothing makes no event', () => {
    const desk = new CommandDesk()
    desk.run('label.create', label('a', { color: '#00ff00' }))
    desk.run('label.change', { name: 'a', change: {} })
    desk.run('label.change', { name: 'a', change: { name: ' a', color: '#00FF00', description: '', archived: false } })
    expect(desk.index).toBe(1)
  })

  test('of another version than it believes in is refused', () => {
    const desk = new CommandDesk()
    desk.run('label.create', label('a'))
    for (const version of [0, 2]) {
      expect(desk.refusal('label.change', { name: 'a', change: { name: 'b' }, version }).code).toBe('not_current')
      expect(desk.refusal('label.delete', { name: 'a', version }).code).toBe('not_current')
    }
  })

  test('of what is not there is refused', () => {
    const desk = new CommandDesk()
    expect(desk.refusal('label.change', { name: 'a', change: {} }).code).toBe('not_found')
    expect(desk.refusal('label.delete', { name: 'a' }).code).toBe('not_found')
    expect(desk.refusal('label.merge', { name: 'a', into: 'b' }).code).toBe('not_found')
  })

  test('of its name frees the old one', () => {
    const desk = new CommandDesk()
    desk.run('label.create', label('old'))
    desk.run('label.change', { name: 'old', change: { name: 'new' } })
    expect(findLabel(desk.transaction, 'old')).toBeUndefined()
    expect(desk.run('label.create', label('OLD')).result).toEqual({ number: 2 })
    expect(findLabel(desk.transaction, 'New')?.number).toBe(1)
  })

  test('of the case of its name alone is one', () => {
    const desk = new CommandDesk()
    desk.run('label.create', label('disk'))
    desk.run('label.change', { name: 'disk', change: { name: 'DISK' } })
    expect(findLabel(desk.transaction, 'disk')).toMatchObject({ number: 1, name: 'DISK', version: 2 })
  })

  test('to the name of another one is refused', () => {
    const desk = new CommandDesk()
    for (const name of ['a', 'b']) desk.run('label.create', label(name))
    const refusal = desk.refusal('label.change', { name: 'a', change: { name: 'B' } })
    expect(refusal).toMatchObject({ code: 'name_taken', faults: ['/name'], details: { taken: 'b' } })
  })
})

describe('an archived label', () => {
  test('is found and stays where it is, and is not newly set', () => {
    const desk = new CommandDesk()
    for (const name of ['a', 'b']) desk.run('label.create', label(name))
    desk.run('ticket.create', { ticket: { title: 't', labels: ['a'] } })
    desk.run('label.change', { name: 'a', change: { archived: true } })
    expect(findLabel(desk.transaction, 'a')?.archived).toBe(1)
    desk.run('ticket.change', { number: 1, change: { labels: ['a', 'b'] } })
    expect(desk.refusal('ticket.create', { ticket: { title: 't', labels: ['a'] } }).code).toBe('archived')
    desk.run('label.change', { name: 'a', change: { archived: false } })
    desk.run('ticket.create', { ticket: { title: 't', labels: ['a'] } })
  })
})

describe('a merge of labels', () => {
  test('makes one a part of the other: its tickets have that one, and its name is free', () => {
    const desk = new CommandDesk()
    for (const name of ['a', 'b']) desk.run('label.create', label(name))
    desk.run('ticket.create', { ticket: { title: 't', labels: ['a'] } })
    const before = desk.index
    expect(desk.run('label.merge', { name: 'a', into: 'B' }).result).toEqual({ number: 2 })
    expect(desk.index).toBe(before + 1)
    expect(desk.newestEvent()).toMatchObject({ key: 'labels/1', detail: { type: 'label.merged', label: 1, into: 2 } })
    expect(labelOf(desk.transaction, 1).name).toBe('b')
    expect(findLabel(desk.transaction, 'a')).toBeUndefined()
    desk.run('ticket.change', { number: 1, change: { labels: { add: ['b'] } } })
    expect(desk.index).toBe(before + 1)
    expect(desk.run('label.create', label('a')).result).toEqual({ number: 3 })
  })

  test('of merged ones leads on, however many there were, and never back', () => {
    const desk = new CommandDesk()
    desk.run('label.create', label('l1'))
    for (let number = 2; number <= 300; number++) {
      desk.run('label.create', label(`l${number}`))
      desk.run('label.merge', { name: `l${number - 1}`, into: `l${number}` })
    }
    for (const number of [1, 2, 150, 299, 300]) expect(labelOf(desk.transaction, number).number).toBe(300)
    for (const name of ['l1', 'l299']) {
      expect(desk.refusal('label.merge', { name: 'l300', into: name })).toMatchObject({
        code: 'unknown_name',
        faults: ['/into'],
      })
    }
    desk.run('label.create', label('l1'))
    desk.run('label.merge', { name: 'l300', into: 'l1' })
    expect(labelOf(desk.transaction, 1).number).toBe(301)
  })

  test('with itself, with nothing, or of one in use with an archived one is refused', () => {
    const desk = new CommandDesk()
    for (const name of ['a', 'b', 'c']) desk.run('label.create', label(name))
    desk.run('label.change', { name: 'b', change: { archived: true } })
    const refused = (into: string) => desk.refusal('label.merge', { name: 'a', into })
    expect(refused('A')).toMatchObject({ code: 'invalid_value', faults: ['/into'] })
    expect(refused('none')).toMatchObject({ code: 'unknown_name', faults: ['/into'] })
    expect(refused('b')).toMatchObject({ code: 'archived', faults: ['/into'] })
    desk.run('label.change', { name: 'c', change: { archived: true } })
    desk.run('label.merge', { name: 'c', into: 'b' })
  })
})

describe('the removal of a label', () => {
  test('that no ticket uses keeps its record and frees its name', () => {
    const desk = new CommandDesk()
    desk.run('label.create', label('a'))
    desk.run('label.delete', { name: 'a', version: 1 })
    expect(desk.newestEvent()).toMatchObject({
      key: 'labels/1',
      detail: { type: 'label.deleted', label: 1, name: 'a' },
    })
    expect(labelOf(desk.transaction, 1)).toMatchObject({ name: 'a', gone: 2 })
    expect(findLabel(desk.transaction, 'a')).toBeUndefined()
    expect(desk.run('label.create', label('a')).result).toEqual({ number: 2 })
  })

  test('that tickets use is refused with their number, those in the bin and those of merged ones counted', () => {
    const desk = new CommandDesk()
    for (let number = 1; number <= 12; number++) desk.run('label.create', label(`l${number}`))
    const use = (...labels: string[]) => desk.run('ticket.create', { ticket: { title: 't', labels } })
    use('l1')
    use('l1', 'l2')
    use('l11', 'l12', 'l2')
    desk.run('ticket.delete', { number: 1 })
    desk.run('label.merge', { name: 'l12', into: 'l1' })
    expect(desk.refusal('label.delete', { name: 'l1' })).toMatchObject({ code: 'in_use', details: { count: 3 } })
    expect(desk.refusal('label.delete', { name: 'l11' })).toMatchObject({ code: 'in_use', details: { count: 1 } })
    desk.run('ticket.change', { number: 3, change: { labels: [] } })
    expect(desk.refusal('label.delete', { name: 'l1' })).toMatchObject({ details: { count: 2 } })
    desk.run('label.delete', { name: 'l11' })
  })

  test('of which many others are a part counts the tickets of all', () => {
    const desk = new CommandDesk()
    for (let number = 1; number <= 12; number++) {
      desk.run('label.create', label(`l${number}`))
      desk.run('ticket.create', { ticket: { title: 't', labels: [`l${number}`, 'l1'] } })
    }
    for (let number = 2; number <= 8; number++) {
      desk.run('label.merge', { name: `l${number}`, into: 'l9' })
      desk.run('ticket.change', { number, change: { labels: { remove: ['l1'] } } })
    }
    desk.run('ticket.create', { ticket: { title: 'none' } })
    expect(desk.refusal('label.delete', { name: 'l9' })).toMatchObject({ code: 'in_use', details: { count: 8 } })
  })

  test('into another one is a merge', () => {
    const desk = new CommandDesk()
    for (const name of ['a', 'b']) desk.run('label.create', label(name))
    desk.run('ticket.create', { ticket: { title: 't', labels: ['a'] } })
    expect(desk.run('label.delete', { name: 'a', into: 'b' })).toEqual({ number: 2 })
    expect(desk.newestEvent()).toMatchObject({ detail: { type: 'label.merged', into: 2 } })
  })
})
