/** `etcdesk users`: lists the users of a desk, makes one, and makes a link by which one sets a password. */
import { Argument, Option, type Command } from 'commander'
import { exitCodes, type ExitCode, CliError } from '../exit-codes.js'
import { addDesk, askAndTell, needed } from '../asking.js'
import type { Terminal } from '../terminal.js'
import type { Verb } from '../verb.js'

const roles = ['admin', 'agent', 'requester', 'viewer', 'service'] as const

function describe(command: Command): void {
  command.addArgument(new Argument('[ACTION]', 'what to do; lists them where it is left out').choices(['add', 'link']))
  command.addArgument(new Argument('[HANDLE]', 'the user'))
  command.addOption(new Option('--role <ROLE>', 'role of a new user').choices([...roles]).default('agent'))
  command.description(
    'List the users: handle, role, name. `add` makes one. `link` makes a link that is good once, for 30 minutes, by which the user sets ' +
      'a password. Works on the machine that holds the data, whether the desk runs or not, and asks for no credential.',
  )
  addDesk(
    command,
    `  etcdesk users
  etcdesk users add ann --role admin
  etcdesk users link ann`,
  )
}

async function run(
  given: Readonly<Record<string, unknown>>,
  terminal: Terminal,
  [action, handle]: readonly string[],
): Promise<ExitCode> {
  const { role: named, ...flags } = given
  if (action === undefined) return askAndTell(flags, terminal, { do: 'users' })
  const user = needed(handle, 'Name the user by a handle, such as: etcdesk users add ann --role admin')
  const role = roles.find((one) => one === named)
  if (role === undefined) throw new CliError(`A role is one of ${roles.join(', ')}.`, exitCodes.usage)
  if (action === 'add') return askAndTell(flags, terminal, { do: 'add-user', handle: user, role })
  return askAndTell(flags, terminal, { do: 'link', user }, ({ secret }) => [
    `Open the desk with #link=${secret ?? ''} behind its address within 30 minutes, and ${user} sets a password.`,
  ])
}

export const verb: Verb = { describe, run }
