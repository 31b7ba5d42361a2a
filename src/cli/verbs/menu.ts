/** `etcdesk menu`: the ticket menu over the keys API, on etcdesk and on a real etcd with its v2 API alike. */
import { Option, type Command } from 'commander'
import { createClient } from '../../client/client.js'
import { credentialHeaders, type CredentialOptions } from '../../client/credentials.js'
import {
  ConnectionError,
  KeysError,
  keptOutStatuses,
  keysErrorCodes,
  UnexpectedAnswerError,
} from '../../client/errors.js'
import type { KeysClient } from '../../client/keys.js'
import { CliError, exitCodes, type ExitCode } from '../exit-codes.js'
import { nodeTransport } from '../node-transport.js'
import type { Terminal } from '../terminal.js'
import { runMenu } from '../ticket-menu.js'
import { askForNothing } from '../tickets.js'
import type { Verb } from '../verb.js'
import { messageOf } from '../../fault.js'

const endpointDefault = 'http://127.0.0.1:2379'
const endpointVariable = 'ETCDESK_ENDPOINT'
const userVariable = 'ETCDESK_USER'
/** Secrets are no flags: all on the machine can see those. */
const passwordVariable = 'ETCDESK_PASSWORD'
const tokenVariable = 'ETCDESK_TOKEN'

function describe(command: Command): void {
  command.addOption(
    new Option('--endpoint <URL>', `the keys API to work on (default: ${endpointDefault}; ${endpointVariable})`),
  )
  command.addOption(
    new Option(
      '--user <HANDLE>',
      `who you are on a desk that asks, with the password in ${passwordVariable} (${userVariable}); a token in ${tokenVariable} needs no user`,
    ),
  )
  command.description(
    'Work on tickets by a menu: list, get, create, update and delete them. It speaks to the keys API over HTTP, so that it works with ' +
      'etcdesk and with an etcd that offers its v2 API (--enable-v2). Over https it trusts the authorities that Node knows, and that of ' +
      'NODE_EXTRA_CA_CERTS. Answers may also come from a pipe, one a line.',
  )
  command.addHelpText(
    'after',
    `
Examples:
  etcdesk menu
  etcdesk menu --endpoint http://127.0.0.1:4001
  ETCDESK_TOKEN="$(cat token)" etcdesk menu
  printf '%s\\n' 3 'Learning to add tickets' 1 | etcdesk menu`,
  )
}

async function run(
  { endpoint: given, user }: Readonly<Record<string, unknown>>,
  terminal: Terminal,
): Promise<ExitCode> {
  const endpoint = readEndpoint(given, terminal)
  const { keys } = createClient({ endpoint, transport: nodeTransport, ...readCredentials(user, terminal) })
  const lines = await terminal.openLines()
  try {
    const isThere = await checkServer(keys, endpoint, lines.interrupted)
    if (!isThere) return exitCodes.success
    terminal.write(`Tickets at ${endpoint}\n`)
    await runMenu({ keys, lines, isInteractive: terminal.isInteractive, write: (text) => terminal.write(text) })
    return exitCodes.success
  } finally {
    lines.close()
  }
}

function readCredentials(given: unknown, { env }: Terminal): CredentialOptions {
  const read = (name: string): string | undefined => (env[name] === '' ? undefined : env[name])
  const user = typeof given === 'string' ? given : read(userVariable)
  const [token, password] = [read(tokenVariable), read(passwordVariable)]
  // Who names a user means the password.
  if (token !== undefined && user === undefined && password === undefined) return check({ token })
  if (user === undefined && password !== undefined) {
    throw new CliError(
      `${passwordVariable} is whose password? Name the user with --user or ${userVariable}.`,
      exitCodes.usage,
    )
  }
  if (user === undefined) return {}
  const secret = password ?? token
  if (secret === undefined) {
    throw new CliError(
      `The user '${user}' needs a password: give it in ${passwordVariable}, or a token in ${tokenVariable}.`,
      exitCodes.usage,
    )
  }
  return check({ user, password: secret })
}

/** Where they can't be sent that is said before anything is. */
function check(credentials: CredentialOptions): CredentialOptions {
  try {
    credentialHeaders(credentials)
    return credentials
  } catch (error) {
    throw new CliError(messageOf(error), exitCodes.usage, { cause: error })
  }
}

function readEndpoint(given: unknown, terminal: Terminal): string {
  const fromVariable = terminal.env[endpointVariable]
  const [text, source] =
    typeof given === 'string'
      ? [given, '--endpoint']
      : [fromVariable === undefined || fromVariable === '' ? endpointDefault : fromVariable, endpointVariable]
  const url = /^https?:\/\//iu.test(text) && URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '') {
    throw new CliError(
      `${source} should be the URL of a keys API, such as ${endpointDefault}, not ${JSON.stringify(text.replace(/(?<=\/\/)[^\s/]*@/u, '…@'))}.`,
      exitCodes.usage,
    )
  }
  return url.href.replace(/\/+$/u, '')
}

/** Finds out before the first question whether a keys API answers. False where the person did not wait for it (Ctrl-C). */
async function checkServer(keys: KeysClient, endpoint: string, signal: AbortSignal): Promise<boolean> {
  try {
    await askForNothing(keys, signal)
  } catch (error) {
    if (signal.aborted) return false
    // Refused, such as "Key not found": a keys API is there.
    if (error instanceof KeysError && error.errorCode !== keysErrorCodes.unauthorized) return true
    if (error instanceof KeysError) {
      throw new CliError(
        `${endpoint} does not let you at the tickets: give a token in ${tokenVariable}, or --user and ${passwordVariable}, of an agent or an admin; a token needs the scope keys:write, to look alone keys:read.`,
        exitCodes.failure,
        { cause: error },
      )
    }
    // Kept out by a door that says itself what to do.
    if (error instanceof UnexpectedAnswerError && keptOutStatuses.has(error.status)) {
      throw new CliError(error.message, exitCodes.failure, { cause: error })
    }
    const advice =
      error instanceof ConnectionError
        ? "start a server with 'etcdesk serve', or name another with --endpoint URL"
        : 'name the keys API with --endpoint URL; an etcd offers it when it is started with --enable-v2=true (etcd 3.5 or older)'
    if (!(error instanceof ConnectionError || error instanceof UnexpectedAnswerError)) throw error
    throw new CliError(`${error.message.replace(/\.$/u, '')}: ${advice}.`, exitCodes.failure, { cause: error })
  }
  return true
}

export const verb: Verb = { describe, run }
