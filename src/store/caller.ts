/** As whose something counts where callers are told apart: limits, turns and records go by it. */
import type { Asker } from './command.js'

/** As whose a request counts: a user's, whatever it comes with; null for whom nobody knows, by its network. */
export function callerOf(address: string, user: number | null): string {
  return user === null ? networkOf(address) : `user ${user}`
}

/** As whose a command counts. Whoever only says who it is counts by its network: else one could have the turns of many. */
export function callerOfAsker({ actor, address = '', isClaimed }: Asker): string {
  return callerOf(address, isClaimed === true ? null : actor)
}

/** Of an address what its holder can't choose at will: all of version 4, and the first half of version 6. */
export function networkOf(address: string): string {
  const plain = plainAddress(address)
  if (!plain.includes(':')) return plain
  const [head = '', tail] = plain.split('%', 1)[0]?.split('::') ?? []
  const groups = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const missing = tail === undefined ? 0 : Math.max(0, 8 - groups.length - after.length)
  const all = [...groups, ...Array.from({ length: missing }, () => '0'), ...after]
  return `${all.slice(0, 4).join(':')}::/64`
}

/** An address of version 4 that came by version 6, as version 4 writes it. */
export function plainAddress(address: string): string {
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/iu.exec(address)?.[1] ?? address
}
