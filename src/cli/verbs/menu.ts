/** `etcdesk menu`: the ticket menu over the keys API, on etcdesk and on a real etcd with its v2 API alike. */
import { Option, type Command } from 'commander'
import { createClient } from '../../client/client.js'
import { ConnectionError, KeysError, UnexpectedAnswerError } from '../../client/errors.js'
import type { KeysClient } from '../../client/keys.js'
import { CliError, exitCodes, type ExitCode } from '../exit-codes.js'
import { nodeTransport } from '../node-transport.js'
import type { Terminal } from '../terminal.js'
import { runMenu } from '../ticket-menu.js'
import { askForNothing } from '../tickets.js'
import type { Verb } from '../verb.js'

const endpointDefault = 'http://127.0.0.1:2379'
const endpointVariable = 'ETCDESK_ENDPOINT'

function describe(command: Command): void {
  command.addOption(
    new Option('--endpoint <URL>', `the keys API to work on (default: ${endpointDefault}; ${endpointVariable})`),
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
  printf '%s\\n' 3 'Learning to add tickets' 1 | etcdesk menu`,
  )
}

async function run({ endpoint: given }: Readonly<Record<string, unknown>>, terminal: Terminal): Promise<ExitCode> {
  const endpoint = readEndpoint(given, terminal)
  const { keys } = createClient({ endpoint, transport: nodeTransport })
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

function readEndpoint(given: unknown, terminal: Terminal): string {
  const fromVariable = terminal.env[endpointVariable]
  const [text, source] =
    typeof given === 'string'
      ? [given, '--endpoint']
      : [fromVariable === undefined || fromVariable === '' ? endpointDefault : fromVariable, endpointVariable]
  const url = /^https?:\/\//iu.test(text) && URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || url.search !== '' || url.hash !== '') {
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
    if (error instanceof KeysError) return true
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
