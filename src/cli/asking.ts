/** What `etcdesk users`, `tokens`, `audit` and `desk` have in common: which data is meant, and how what came of it is told. */
import type { Command } from 'commander'
import { readPlace } from '../server/store-access.js'
import type { MachineRequest } from '../contract/machine.js'
import type { MachineAnswer } from '../server/machine-requests.js'
import { CliError, exitCodes, type ExitCode } from './exit-codes.js'
import { accessHelp, addAccess, addStore, flagsOf, keep } from './keeping.js'
import type { Terminal } from './terminal.js'

/** Declares which data is meant, and the end of the help. */
export function addDesk(command: Command, examples: string): void {
  addStore(command, 'existing')
  addAccess(command)
  command.addHelpText('after', `\n${accessHelp()}\n\nExamples:\n${examples}`)
}

/** Asks the desk of this data, running or not, and tells what came of it: lines, and a secret on a line of its own. */
export function askAndTell(
  given: Readonly<Record<string, unknown>>,
  terminal: Terminal,
  request: MachineRequest,
  tell: (answer: MachineAnswer) => readonly string[] = toldLines,
): Promise<ExitCode> {
  return keep(terminal, async () => {
    const place = readPlace({ flags: flagsOf(given), env: terminal.env })
    // Loaded only now: --help needs none of it.
    const { askDesk, MachineRefusal } = await import('../server/machine.js')
    try {
      for (const line of tell(await askDesk(place, request))) terminal.write(`${line}\n`)
    } catch (error) {
      if (error instanceof MachineRefusal) throw new CliError(error.message, exitCodes.failure, { cause: error })
      throw error
    }
  })
}

/** The same of a list. Where nothing is in it stderr has `none`, a sentence: a script that counts the lines of stdout counts right. */
export function askAndList(
  given: Readonly<Record<string, unknown>>,
  terminal: Terminal,
  request: MachineRequest,
  none: string,
): Promise<ExitCode> {
  return askAndTell(given, terminal, request, ({ lines }) => {
    if (lines.length === 0) terminal.complain(`${none}\n`)
    return lines
  })
}

function toldLines({ lines, secret }: MachineAnswer): readonly string[] {
  return secret === undefined ? lines : [...lines, secret]
}

/** A command that is told to be typed next, with the flags by which this one was told which data is meant: without them it would be another desk. */
export function forSameData(command: string, given: Readonly<Record<string, unknown>>): string {
  const flags = Object.entries(flagsOf(given)).map(([flag, value]) => ` --${flag} ${typed(String(value))}`)
  return `'etcdesk ${command}${flags.join('')}'`
}

/** A word as a shell takes it whole. */
function typed(word: string): string {
  return /^[\w@%+=:,./-]+$/u.test(word) ? word : `"${word.replaceAll(/["\\$`]/gu, '\\$&')}"`
}

/** What every list takes for its name, and refuses behind it: a word there looks as if it chose something. */
export const LIST = 'list'

/** Whether an action is to list. Throws where a list is asked for one of its things. */
export function isList(verb: string, action: string | undefined, which: string | undefined): boolean {
  if (action !== undefined && action !== LIST) return false
  if (which !== undefined)
    throw new CliError(`'etcdesk ${verb} list' lists all of them: leave '${which}' out.`, exitCodes.usage)
  return true
}

/** Which options the actions of a verb take, each by its long name; an action that is not named takes none. */
export type OptionsOfActions = Readonly<Record<string, readonly string[]>>

/** Refuses an option that the action does not take: passed over in silence it would look as if it had been obeyed. */
export function refuseOthers(
  verb: string,
  action: string | undefined,
  taken: OptionsOfActions,
  given: Readonly<Record<string, unknown>>,
): void {
  const takes = (one: string | undefined, option: string): boolean =>
    one !== undefined && taken[one]?.includes(option) === true
  for (const option of new Set(Object.values(taken).flat())) {
    if (given[option] === undefined || takes(action, option)) continue
    const takers = Object.keys(taken).filter((one) => takes(one, option))
    const asked = action === undefined ? `'etcdesk ${verb}' alone` : `'etcdesk ${verb} ${action}'`
    const right = takers.map((one) => `'etcdesk ${verb} ${one}'`).join(' and ')
    throw new CliError(`--${option} goes with ${right}, not with ${asked}.`, exitCodes.usage)
  }
}

/** A word that a verb needs. */
export function needed(word: string | undefined, sentence: string): string {
  if (word === undefined || word === '') throw new CliError(sentence, exitCodes.usage)
  return word
}
