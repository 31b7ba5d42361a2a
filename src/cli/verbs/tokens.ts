/** `etcdesk tokens`: lists the tokens of a desk, makes one, and revokes one. */
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

const nameDefault = 'made on the machine'

const optionsOfActions: OptionsOfActions = { add: ['name', 'scopes', 'days'] }

function describe(command: Command): void {
  command.addArgument(
    new Argument('[ACTION]', 'what to do; lists them where it is left out').choices([LIST, 'add', 'revoke']),
  )
  command.addArgument(new Argument('[WHICH]', 'for add the handle of its user, for revoke its number'))
  command.addOption(new Option('--name <TEXT>', `what a new token is for (default: "${nameDefault}")`))
  command.addOption(
    new Option(
      '--scopes <LIST>',
      'what a new token may: of read, write, admin, keys:read, keys:write, with commas between (default: write, of a service keys:write)',
    ),
  )
  command.addOption(new Option('--days <NUMBER>', 'in how many days a new token ends; never where it is left out'))
  command.description(
    'List the tokens (`list`, or no action): number, user, scopes, when it was last used, name. `add` makes one and shows its secret, once; it never may more ' +
      "than its user. `revoke` ends one. The first credential of a desk closes it, and is to be an admin's.",
  )
  addDesk(
    command,
    `  etcdesk tokens list
  etcdesk tokens add ann --name backups --scopes read --days 90
  etcdesk tokens revoke 3`,
  )
}

async function run(
  given: Readonly<Record<string, unknown>>,
  terminal: Terminal,
  [action, which]: readonly string[],
): Promise<ExitCode> {
  refuseOthers('tokens', action, optionsOfActions, given)
  // No default of commander's: one that was not given would count as given to an action that takes none.
  const { name = nameDefault, scopes, days, ...flags } = given
  if (isList('tokens', action, which)) return askAndList(flags, terminal, { do: 'tokens' }, noTokens(flags))
  if (action === 'revoke') {
    const number = Number(needed(which, "Name the token by its number: 'etcdesk tokens' lists them."))
    if (!Number.isSafeInteger(number)) throw new CliError('A token has a number.', exitCodes.usage)
    return askAndTell(flags, terminal, { do: 'revoke-token', number })
  }
  const user = needed(which, 'Name the user whose token it is to be, such as: etcdesk tokens add ann')
  return askAndTell(flags, terminal, {
    do: 'add-token',
    user,
    name: String(name),
    scopes: typeof scopes === 'string' ? scopes.split(',').map((scope) => scope.trim()) : null,
    expiresTime: days === undefined ? null : Date.now() + daysIn(days) * 24 * 60 * 60 * 1000,
  })
}

/** Whose it is to be has to be there before. */
function noTokens(flags: Readonly<Record<string, unknown>>): string {
  const [users, add] = ['users list', 'tokens add HANDLE'].map((command) => forSameData(command, flags))
  return `No tokens. Make one for a user whom ${users} names: ${add}.`
}

/** A hundred years. */
const DAYS_MAX = 36_500

function daysIn(text: unknown): number {
  const days = Number(text)
  if (Number.isSafeInteger(days) && days > 0 && days <= DAYS_MAX) return days
  throw new CliError(`--days should be a whole number of days, such as 90, and at most ${DAYS_MAX}.`, exitCodes.usage)
}

export const verb: Verb = { describe, run }
