/**
 * Which person an `@` in a text means. A handle may hold spaces and other signs, so the desk's handles are what is looked for: the
 * longest one that stands there whole.
 */

/** Handles by the letters that they begin with: what a text begins with up to its first other sign leads to all that it can mean. */
export type Handles = ReadonlyMap<string, readonly string[]>

function beginning(text: string): string {
  return /^[\p{L}\p{N}_]*/u.exec(text)?.[0] ?? ''
}

/** What may not follow a handle: the word would be another one. */
const goesOn = /^\.*[\p{L}\p{N}_-]/u

export function handlesOf(all: Iterable<string>): Handles {
  const found = new Map<string, string[]>()
  for (const handle of all) {
    const alike = found.get(beginning(handle))
    if (alike === undefined) found.set(beginning(handle), [handle])
    else alike.push(handle)
  }
  for (const alike of found.values()) alike.sort((a, b) => b.length - a.length)
  return found
}

/** The handle that a text begins with; undefined where it begins with none. */
export function handleAt(handles: Handles, text: string): string | undefined {
  const alike = handles.get(beginning(text)) ?? []
  return alike.find((handle) => text.startsWith(handle) && !goesOn.test(text.slice(handle.length)))
}
