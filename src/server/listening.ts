/**
 * Says in a sentence why an address can not be listened on, and finds out before anything else is opened: so a server that
 * can not start has made no folder and touched no data.
 */
import { createServer } from 'node:net'
import type { Address } from '../http/door.js'
import { formatAddress } from './addresses.js'

/** A door can not be opened. The message is one sentence that says what to do. */
export class ListenError extends Error {
  override readonly name = 'ListenError'
}

/** A door as the operator knows it. */
export interface PlannedDoor {
  readonly name: string
  /** The flag that sets its address. */
  readonly flag: string
  readonly address: Address
  /** What else the operator may do when the address is taken. */
  readonly wayOut?: string
}

/** Listens for a moment. @throws ListenError where that fails */
export async function checkAddress(door: PlannedDoor): Promise<void> {
  const server = createServer()
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(door.address, resolve)
    })
  } catch (error) {
    throw listenError(door, error)
  }
  await new Promise((resolve) => server.close(resolve))
}

/** The error of a failed `listen` as a ListenError; any other error as it is. */
export function listenError({ name, flag, address, wayOut = '' }: PlannedDoor, error: unknown): unknown {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return error
  const where = formatAddress(address)
  const sentences = new Map<unknown, string>([
    [
      'EADDRINUSE',
      `another program already listens on ${where}: stop that program, or choose another address with ${flag} HOST:PORT${wayOut}`,
    ],
    ['EACCES', `you may not listen on ${where}: choose a port above 1023 with ${flag} HOST:PORT`],
    ['EADDRNOTAVAIL', `this machine has no address ${address.host}: choose one that it has with ${flag} HOST:PORT`],
    ['ENOTFOUND', `no machine is called ${address.host}: choose another address with ${flag} HOST:PORT`],
    [
      'EAI_AGAIN',
      `the name ${address.host} can not be looked up now: choose an address in numbers with ${flag} HOST:PORT`,
    ],
  ])
  const sentence =
    sentences.get(error.code) ?? `${where} can not be used (${error.message}): choose another with ${flag} HOST:PORT`
  return new ListenError(`The ${name} can not be opened: ${sentence}.`, { cause: error })
}
