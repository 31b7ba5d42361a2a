/** What is wrong with a new ticket before it is sent, by the desk's own measures. */
import { readDay } from '../../parts/days.js'
import { bytesOver } from '../../parts/text-size.js'
import { fields as customFields } from '../../state/names.js'
import { fieldsIn, titleCharactersMax, type NewDraft } from '../../state/new-draft.js'
import { isStaff } from '../../state/identity.js'
import { numberIn } from '../../state/numbers.js'
import { words } from '../../words/words.js'

const { newTicket } = words

/** By the member that it is about. What is only missing counts once the ticket was to be made. */
export function faultsIn(draft: NewDraft, isAsked: boolean): ReadonlyMap<string, string> {
  const faults = new Map<string, string>()
  const characters = [...draft.title.trim()].length
  if (characters > titleCharactersMax) {
    faults.set('title', newTicket.titleTooLong(characters, characters - titleCharactersMax))
  } else if (characters === 0 && isAsked) faults.set('title', newTicket.noTitle)
  const over = bytesOver(draft.description)
  if (over > 0) faults.set('description', newTicket.textTooLong(over))
  if (draft.due !== null && isStaff.peek()) {
    const read = readDay(draft.due, new Date())
    if (read === undefined) faults.set('due', newTicket.day.unknown(draft.due))
    else if ('near' in read) faults.set('due', newTicket.day.short(read.month, read.days))
  }
  for (const { name, required } of fieldsIn(draft.queue)) {
    const text = draft.fields[name] ?? ''
    const type = customFields.peek().find((field) => field.name === name)?.type
    if (text.trim() === '') {
      if (required && isAsked) faults.set(`fields/${name}`, newTicket.fieldMissing(name))
    } else if (type === 'number' && numberIn(text) === undefined) {
      faults.set(`fields/${name}`, words.common.noNumber)
    }
  }
  return faults
}
