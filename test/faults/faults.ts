/**
 * What a fault is. Each strikes, lasts for a while and is gone when its promise resolves: processes run again, ways are open.
 * What is chosen, and how long it lasts, comes from the seed.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { World } from './world.js'

/** Numbers between 0 and 1, from the seed. */
export type Random = () => number

export interface Fault {
  readonly name: string
  strike(world: World, random: Random): Promise<void>
}

export function pick<T>(items: readonly T[], random: Random): T {
  const item = items[Math.floor(random() * items.length)]
  if (item === undefined) throw new Error('nothing to choose from')
  return item
}

/** How long a fault lasts is part of it: nothing else is waited for here. */
export function lasts(random: Random, atLeastMs: number, atMostMs: number): Promise<void> {
  return delay(atLeastMs + random() * (atMostMs - atLeastMs))
}
