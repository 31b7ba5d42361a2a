/**
 * Work that comes in one by one and is cheaper done together: what is handed in during one turn of the event loop is
 * handled at its end. Under load that is what many connections asked for at the same moment; a lone request waits for
 * nothing but the end of its own turn.
 */

/** Hands `handle` all items of a turn, in order, as one, and when the first of them came (performance's clock). */
export function byTurns<Item>(handle: (items: readonly Item[], since: number) => void): (item: Item) => void {
  let waiting: Item[] = []
  let since = 0
  const handleAll = (): void => {
    const items = waiting
    waiting = []
    handle(items, since)
  }
  return (item) => {
    if (waiting.length === 0) {
      since = performance.now()
      setImmediate(handleAll)
    }
    waiting.push(item)
  }
}
