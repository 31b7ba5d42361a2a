/** `etcdesk users`: lists the users of a desk, makes one, and makes a link by which one sets a password. */
import { Argument, Option, type Command } from 'commander'
import { exitCodes, type ExitCode, CliError } from '../exit-codes.js'
import {
  addDesk,
  askAndList,
  askAndTell,
  forSameData,
  isList,
  LIST,
  needed,
  refuseOthers,
  type OptionsOfActions,
} from '../asking.js'
import type { Terminal } from '../terminal.js'
import type { Verb } from '../verb.js'

const roles = ['admin', 'agent', 'requester', 'viewer', 'service'] as const

const optionsOfActions: OptionsOfActions = { add: ['role', 'read', 'write'], keys: ['read', 'write', 'none'] }

const keysNeeded = 'Say which parts of the key tree: --write PREFIX, --read PREFIX, or --none.'
const keysOrNone = '--none stands alone: leave it out, or the prefixes.'
const roleNeeded = `A role is one of ${roles.join(', ')}.`

function describe(command: Command): void {
  command.addArgument(
    new Argument('[ACTION]', 'what to do; lists them where it is left out').choices([
      LIST,
      'add',
      'keys',
      'link',
      'deactivate',
      'activate',
    ]),
  )
  command.addArgument(new Argument('[HANDLE]', 'the user, for all but list'))
  command.addOption(new Option('--role <ROLE>', 'role of a new user; agent where it is left out').choices([...roles]))
  for (const access of ['read', 'write'] as const) {
    const help = `a part of the key tree that a service may ${access}${access === 'write' ? ', and read' : ''}; may be given several times`
    command.addOption(new Option(`--${access} <PREFIX>`, help).argParser(append))
  }
  command.addOption(new Option('--none', 'with `keys`: no part of the key tree'))
  command.description(
    'List the users (`list`, or no action): handle, role, name, and what a service has of the key tree. `add` makes one. `keys` gives a service the parts of the ' +
      'key tree that stand there, and none else. `deactivate` shuts one out: no credential of theirs counts, and `activate` lets one in again. `link` makes a link that is good once, for 30 minutes, by which the user sets ' +
      'a password. Works on the machine that holds the data, whether the desk runs or not, and asks for no credential.',
  )
  addDesk(
    command,
    `  etcdesk users list
  etcdesk users add ann --role admin
  etcdesk users add deploy --role service --write /app --read /shared/settings
  etcdesk users link ann`,
  )
}

/** A user who was made has no way in yet, so the sentence goes as far as that. */
function noUsers(flags: Readonly<Record<string, unknown>>): string {
  const [add, link] = ['users add ann --role admin', 'users link ann'].map((command) => forSameData(command, flags))
  return `No users. Make the first, an admin: ${add}; then a link by which ann sets a password: ${link}.`
}

/** Options that may be given several times are kept in the order in which they came. */
function append(value: string, before: unknown): readonly string[] {
  return [...listOf(before), value]
}

function listOf(given: unknown): readonly string[] {
  return Array.isArray(given) ? given.filter((one) => typeof one === 'string') : []
}

async function run(
  given: Readonly<Record<string, unknown>>,
  terminal: Terminal,
  [action, handle]: readonly string[],
): Promise<ExitCode> {
  refuseOthers('users', action, optionsOfActions, given)
  // No default of commander's: one that was not given would count as given to an action that takes none.
  const { role: named = 'agent', read, write, none, ...flags } = given
  if (isList('users', action, handle)) return askAndList(flags, terminal, { do: 'users' }, noUsers(flags))
  const user = needed(handle, 'Name the user by a handle, such as: etcdesk users add ann --role admin')
  const role = roles.find((one) => one === named)
  if (role === undefined) throw new CliError(roleNeeded, exitCodes.usage)
  const keys = [
    ...listOf(write).map((prefix) => ({ prefix, access: 'write' as const })),
    ...listOf(read).map((prefix) => ({ prefix, access: 'read' as const })),
  ]
  if (action === 'add') return askAndTell(flags, terminal, { do: 'add-user', handle: user, role, keys })
  if (action === 'keys') {
    if (keys.length > 0 && none === true) throw new CliError(keysOrNone, exitCodes.usage)
    if (keys.length === 0 && none !== true) throw new CliError(keysNeeded, exitCodes.usage)
    return askAndTell(flags, terminal, { do: 'give-keys', user, keys })
  }
  if (action !== 'link') return askAndTell(flags, terminal, { do: 'set-active', user, active: action === 'activate' })
  return askAndTell(flags, terminal, { do: 'link', user }, ({ secret, url }) => [
    `Open ${url ?? `the desk with #link=${secret ?? ''} behind its address`} within 30 minutes, and ${user} sets a password.`,
  ])
}

export const verb: Verb = { describe, run }
