// @ts-check
/**
 * A small room of the tests' own on top of the desk: notes, with a field that came later, whose event has a detail that says who
 * asked. What a room needs of the store is shown with it.
 */
import { desk } from '#src/desk.js'
import { integer, tableOf, text } from '#src/store/fields.js'

/** @typedef {import('#src/store/command.js').Transaction} Transaction */

export const noteTable = tableOf({
  name: 'notes',
  fields: { number: integer('number'), text: text('text'), mood: text('mood', { or: 'calm' }) },
  keyColumns: ['number'],
  key: (id) => [Number(id)],
  idOf: ({ number }) => String(number),
})

/** @param {Transaction} transaction @param {{ number: number, text: string, mood?: string }} args @returns {object} */
function write(transaction, { number, text: words, mood = 'calm' }) {
  transaction.put(noteTable, String(number), { number, text: words, mood })
  const { actor, door } = transaction.asker
  const body = JSON.stringify({ action: 'note', node: { key: `/notes/${number}` } })
  transaction.emit('note', `/notes/${number}`, body, JSON.stringify({ actor, door }))
  return {}
}

export const deskWithNotes = {
  ...desk,
  handlers: { ...desk.handlers, 'note.write': write },
  tables: [...desk.tables, noteTable],
}
