/**
 * What this browser keeps between visits: signals whose values are in local storage, and follow what other tabs write there. What is
 * read is checked; what can't be kept (private windows, a full store) is good for this visit.
 */
import { signal, type Signal } from '@preact/signals'

const PREFIX = 'etcdesk.'

/** What was kept as a text; undefined where it is none of ours. */
export function parseKept(text: string | null): unknown {
  if (text === null) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Reads what is kept under a name; undefined where there is none. */
export function readKept(name: string): unknown {
  try {
    return parseKept(localStorage.getItem(PREFIX + name))
  } catch {
    return undefined
  }
}

/** Whether what was last to be kept could not be: one is told before one relies on it. */
export const isNotKept = signal(false)

/** Keeps a value under a name, or forgets it where it is undefined. Whether it could. */
export function keep(name: string, value: unknown): boolean {
  try {
    if (value === undefined) localStorage.removeItem(PREFIX + name)
    else {
      localStorage.setItem(PREFIX + name, JSON.stringify(value))
      isNotKept.value = false
    }
    return true
  } catch {
    isNotKept.value = value !== undefined
    return false
  }
}

/** Says of a value whether it is one of some texts. */
export function oneOf<Value extends string>(...values: readonly Value[]): (value: unknown) => value is Value {
  return (value): value is Value => values.some((one) => one === value)
}

/** A value that is kept: written at each change, and changed by other tabs. `is` says whether what was read is one. */
export function kept<Value>(name: string, first: Value, is: (value: unknown) => value is Value): Signal<Value> {
  const read = (value: unknown): Value => (is(value) ? value : first)
  const held = signal(read(readKept(name)))
  let last = held.peek()
  held.subscribe((value) => {
    if (value === last) return
    last = value
    keep(name, value)
  })
  addEventListener('storage', ({ key, newValue }) => {
    if (key !== PREFIX + name) return
    last = read(parseKept(newValue))
    held.value = last
  })
  return held
}

/** The names under which something is kept, of those that begin so. */
export function keptNames(start: string): readonly string[] {
  try {
    return Object.keys(localStorage)
      .filter((key) => key.startsWith(PREFIX + start))
      .map((key) => key.slice(PREFIX.length))
  } catch {
    return []
  }
}
