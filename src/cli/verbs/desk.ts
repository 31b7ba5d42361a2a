/** `etcdesk desk`: says whether a desk is open or closed, closes it, and opens it. */
import { Argument, type Command } from 'commander'
import type { ExitCode } from '../exit-codes.js'
import { addDesk, askAndTell } from '../asking.js'
import type { Terminal } from '../terminal.js'
import type { Verb } from '../verb.js'

function describe(command: Command): void {
  command.addArgument(
    new Argument('[ACTION]', 'what to do; says how it is where it is left out').choices(['open', 'close', 'link']),
  )
  command.description(
    'Say whether the desk is open, so that whoever reaches it may do all, or closed, so that whoever asks needs a credential. `close` closes ' +
      'it; the first credential does too. `open` opens it again, which no door of the network can; one that other machines reach stays closed unless it was started with --insecure. `link` makes the link on which the ' +
      'first admin is made.',
  )
  addDesk(
    command,
    `  etcdesk desk
  etcdesk desk close
  etcdesk desk link`,
  )
}

async function run(
  given: Readonly<Record<string, unknown>>,
  terminal: Terminal,
  [action]: readonly string[],
): Promise<ExitCode> {
  if (action === 'open' || action === 'close') return askAndTell(given, terminal, { do: action })
  if (action === undefined) return askAndTell(given, terminal, { do: 'access' })
  return askAndTell(given, terminal, { do: 'first-link' }, ({ secret, url }) => [
    `Open ${url ?? `the desk with #link=${secret ?? ''} behind its address`} within 30 minutes to make the first admin.`,
  ])
}

export const verb: Verb = { describe, run }
