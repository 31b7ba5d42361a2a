/** What kinds of events watchers are told of. A refresh is none of them, nor is anything that happens to no key. */

const REMOVALS: ReadonlySet<string> = new Set(['delete', 'compareAndDelete', 'expire'])
const CHANGES: ReadonlySet<string> = new Set(['set', 'create', 'update', 'compareAndSwap'])

/** Whether the event removes its key and all below. */
export function isRemoval(type: string): boolean {
  return REMOVALS.has(type)
}

/** Whether watchers see events of this type. */
export function isVisible(type: string): boolean {
  return CHANGES.has(type) || REMOVALS.has(type)
}
