/**
 * Work that comes in one by one and is cheaper done together: what is handed in during one turn of the event loop is
 * handled at its end. Under load that is what many connections asked for at the same moment; a lone request waits for
 * nothing but the end of its own turn.
 */

/** Hands `handle` all items of a turn, in order, as one. */
export function byTurns<Item>(handle: (items: readonly Item[]) => void): (item: Item) => void {
  let waiting: Item[] = []
  const handleAll = (): void => {
    const items = waiting
    waiting = []
    handle(items)
  }
  return (item) => {
    if (waiting.length === 0) setImmediate(handleAll)
    waiting.push(item)
  }
}
