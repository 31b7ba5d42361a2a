/** Whether a request comes from this machine itself. */
import { plainAddress } from '../store/caller.js'

/** Whether an address is this machine's own. */
export function isOwnMachine(address: string): boolean {
  return address === '127.0.0.1' || address === '::1' || plainAddress(address).startsWith('127.')
}
