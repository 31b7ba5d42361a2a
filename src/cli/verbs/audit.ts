/** `etcdesk audit`: lists what was done with rights. */
import { Option, type Command } from 'commander'
import { exitCodes, type ExitCode, CliError } from '../exit-codes.js'
import { auditKinds } from '../../contract/audit-kinds.js'
import { addDesk, askAndList } from '../asking.js'
import type { Terminal } from '../terminal.js'
import type { Verb } from '../verb.js'

function describe(command: Command): void {
  command.addOption(new Option('--kind <KIND>', 'only of this kind').choices([...auditKinds]))
  command.addOption(new Option('--limit <N>', 'how many lines at most, the newest of all').default('50'))
  command.description(
    'List what was done with rights, the newest last: sign-ins, credentials, changes of rights, purges, erased texts, and how many requests ' +
      'were refused, a line a minute. Works on the machine that holds the data, whether the desk runs or not.',
  )
  addDesk(
    command,
    `  etcdesk audit
  etcdesk audit --kind refused --limit 10`,
  )
}

async function run(given: Readonly<Record<string, unknown>>, terminal: Terminal): Promise<ExitCode> {
  const { kind, limit: asked, ...flags } = given
  const limit = Number(asked)
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > 1000) {
    throw new CliError('--limit should be a whole number from 1 to 1000.', exitCodes.usage)
  }
  const ofKind = typeof kind === 'string' ? kind : null
  const none = `Nothing${ofKind === null ? '' : ` of the kind ${ofKind}`} in the audit. What is done with rights is written there when it happens.`
  return askAndList(flags, terminal, { do: 'audit', kind: ofKind, limit }, none)
}

export const verb: Verb = { describe, run }
