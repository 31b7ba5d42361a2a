/**
 * The ticket menu: what can be chosen, what each choice asks, and what it answers. A choice asks a fixed number of questions,
 * so that a script on a pipe knows which line answers what; on a terminal a wrong answer is asked again and an empty one
 * goes back to the menu.
 */
import { ConnectionError, KeysError, keysErrorCodes, UnexpectedAnswerError } from '../client/errors.js'
import type { KeysClient } from '../client/keys.js'
import { ticketIdDigits, titleLength } from '../contract/ticket-form.js'
import type { LineReader } from './lines.js'
import {
  createTicket,
  deleteAllTickets,
  deleteTicket,
  getTicket,
  listTickets,
  readTicketId,
  retitleTicket,
} from './tickets.js'

/** What the menu needs to do its work. */
export interface MenuContext {
  readonly keys: KeysClient
  readonly lines: LineReader
  /** Whether a person answers: then wrong answers are asked again and deleting all has to be confirmed. */
  readonly isInteractive: boolean
  readonly write: (text: string) => void
}

/** One question: how it is put, and what is wrong with an answer (a sentence), if anything. */
interface Question {
  readonly prompt: string
  /** The value that is meant; undefined where the answer is none. */
  read(answer: string): string | undefined
  /** What to say to an answer that is none. */
  readonly advice: string
}

interface Choice {
  readonly number: string
  readonly label: string
  readonly questions: readonly Question[]
  /** Asked on a terminal only; anything but `yes` goes back to the menu. */
  readonly confirmation?: string
  /** Does it; resolves with what to show. */
  run(context: MenuContext, answers: readonly string[]): Promise<string>
}

const ticketNumber: Question = {
  prompt: 'Ticket number: ',
  read: readTicketId,
  advice: `A ticket number is up to ${ticketIdDigits} digits, such as 12 for 00000000000000000012.`,
}

const title = (prompt: string): Question => ({
  prompt,
  read: (answer) => (answer.trim() === '' ? undefined : answer),
  advice: 'A title needs at least one character.',
})

const choices: readonly Choice[] = [
  {
    number: '1',
    label: 'list all tickets',
    questions: [],
    run: async ({ keys, lines }) => {
      const tickets = await listTickets(keys, lines.interrupted).catch(emptyWhereNotFound)
      if (tickets.length === 0) return 'There are no tickets.'
      return tickets.map((ticket) => `${ticket.id}  ${printable(ticket.title)}`).join('\n')
    },
  },
  {
    number: '2',
    label: 'get one ticket',
    questions: [ticketNumber],
    run: async ({ keys, lines }, [id = '']) => {
      const ticket = await getTicket(keys, id, lines.interrupted)
      return `${ticket.id}  ${printable(ticket.title)}`
    },
  },
  {
    number: '3',
    label: 'create a ticket',
    questions: [title(`Title (${titleLength}): `)],
    run: async ({ keys, lines }, [text = '']) => {
      const ticket = await createTicket(keys, text, lines.interrupted)
      return `Created ${ticket.id}: ${printable(ticket.title)}`
    },
  },
  {
    number: '4',
    label: 'update a ticket',
    questions: [ticketNumber, title(`New title (${titleLength}): `)],
    run: async ({ keys, lines }, [id = '', text = '']) => {
      const before = await retitleTicket(keys, id, text, lines.interrupted)
      return `Updated ${id}: ${printable(text)} (was: ${printable(before)})`
    },
  },
  {
    number: '5',
    label: 'delete a ticket',
    questions: [ticketNumber],
    run: async ({ keys, lines }, [id = '']) => {
      const before = await deleteTicket(keys, id, lines.interrupted)
      return `Deleted ${id} (was: ${printable(before)})`
    },
  },
  { number: '6', label: 'exit', questions: [], run: async () => '' },
  {
    number: '99',
    label: 'delete ALL tickets',
    questions: [],
    confirmation: "This deletes every ticket. Type 'yes' to do it: ",
    run: async ({ keys, lines }) => {
      const removed = await deleteAllTickets(keys, lines.interrupted).then(() => true, emptyWhereNotFound)
      return removed === true ? 'All tickets are deleted.' : 'There are no tickets.'
    },
  },
]

const menuText = `${choices.map(({ number, label }) => `${number.padStart(4)}  ${label}`).join('\n')}\n`
const choicePrompt = 'Choice (Enter shows the menu): '

/** Thrown inside a choice when the input ends or the person presses Ctrl-C. */
class InputEnded extends Error {}

/** Shows the menu and does what is chosen, until `exit`, the end of input, or Ctrl-C. Rejects only on a fault of its own. */
export async function runMenu(context: MenuContext): Promise<void> {
  const { lines, write } = context
  write(`\n${menuText}`)
  for (;;) {
    write('\n')
    const line = await lines.ask(choicePrompt)
    if (line === undefined) return
    const answer = line.trim()
    const choice = choices.find(({ number }) => number === answer)
    if (choice?.number === '6') return
    if (choice === undefined) {
      const numbers = choices.map(({ number }) => number).join(', ')
      write(
        answer === ''
          ? `Please choose one of these:\n${menuText}`
          : `There is no choice ${quoted(answer)}. Please type one of ${numbers}:\n${menuText}`,
      )
      continue
    }
    try {
      write(`${await choose(choice, context)}\n`)
    } catch (error) {
      if (error instanceof InputEnded || lines.interrupted.aborted) return
      write(`${sentenceOf(error)}\n`)
      // A server that is gone may come back: the person sees again what can be done.
      if (error instanceof ConnectionError) write(`\n${menuText}`)
    }
  }
}

async function choose(choice: Choice, context: MenuContext): Promise<string> {
  const given: string[] = []
  for (const question of choice.questions) {
    const answer = await ask(question, context)
    if (answer === undefined) return 'Back to the menu.'
    given.push(answer)
  }
  const answers: string[] = []
  for (const [place, question] of choice.questions.entries()) {
    const value = question.read(given[place] ?? '')
    if (value === undefined) return question.advice
    answers.push(value)
  }
  if (choice.confirmation !== undefined && context.isInteractive) {
    const answer = await askLine(choice.confirmation, context)
    if (answer.trim().toLowerCase() !== 'yes') return 'Nothing was deleted.'
  }
  try {
    return await choice.run(context, answers)
  } catch (error) {
    // Whether it is the ticket that is missing or all of them: for the person who asked for this one it is the same.
    if (isNotFound(error)) return `There is no ticket ${answers[0] ?? ''}.`
    throw error
  }
}

/** An answer as it was given. On a terminal: a good one, or undefined where the person gave an empty one to go back. */
async function ask(question: Question, context: MenuContext): Promise<string | undefined> {
  for (;;) {
    const answer = await askLine(question.prompt, context)
    if (!context.isInteractive || question.read(answer) !== undefined) return answer
    if (answer.trim() === '') return undefined
    context.write(`${question.advice} Press Enter alone to go back.\n`)
  }
}

async function askLine(prompt: string, { lines }: MenuContext): Promise<string> {
  const line = await lines.ask(prompt)
  if (line === undefined) throw new InputEnded()
  return line
}

function isNotFound(error: unknown): boolean {
  return error instanceof KeysError && error.errorCode === keysErrorCodes.keyNotFound
}

/** Where the directory is not there, there is nothing in it. */
function emptyWhereNotFound(error: unknown): readonly never[] {
  if (isNotFound(error)) return []
  throw error
}

/** What to tell a person about a failure. @throws what is no failure of the server */
function sentenceOf(error: unknown): string {
  if (error instanceof KeysError) return `The server refused: ${printable(error.message)}`
  if (error instanceof ConnectionError || error instanceof UnexpectedAnswerError) return error.message
  throw error
}

function quoted(text: string): string {
  return `'${printable(text.length > 40 ? `${text.slice(0, 40)}…` : text)}'`
}

/**
 * A title on one line, as it may be shown: control characters, which could move the cursor or recolour the screen, and those that
 * turn the direction of writing become visible signs.
 */
function printable(text: string): string {
  return text
    .replaceAll(/[\0-\u{1f}]/gu, (character) => String.fromCodePoint(0x2400 + (character.codePointAt(0) ?? 0)))
    .replaceAll(/[\u{7f}-\u{9f}\u{2028}-\u{202e}\u{2066}-\u{2069}]/gu, '\u{fffd}')
}
