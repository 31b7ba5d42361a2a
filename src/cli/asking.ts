/** What `etcdesk users`, `tokens` and `desk` have in common: which data is meant, and how what came of it is told. */
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

function toldLines({ lines, secret }: MachineAnswer): readonly string[] {
  return secret === undefined ? lines : [...lines, secret]
}

/** A word that a verb needs. */
export function needed(word: string | undefined, sentence: string): string {
  if (word === undefined || word === '') throw new CliError(sentence, exitCodes.usage)
  return word
}
