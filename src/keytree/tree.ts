/**
 * Paths of the key tree. A path begins with a slash, has no empty part and no slash at its end; the root is `/`. Cleaning
 * and refusing what is not clean is the door's work.
 */

/** The root directory: it always exists, has no record, and can't be changed. */
export const ROOT = '/'

/** The path of the directory that holds `path`. The root's is the root. */
export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/')
  return slash <= 0 ? ROOT : path.slice(0, slash)
}

/** The last part of a path. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** The path of a node called `name` in the directory `parent`. */
export function join(parent: string, name: string): string {
  return parent === ROOT ? `/${name}` : `${parent}/${name}`
}

/**
 * The topmost of a path and the directories above it that does not exist; undefined where all do. Asks for few of them, however
 * deep the path is: above what exists, everything does.
 */
export function firstMissing(path: string, exists: (path: string) => boolean): string | undefined {
  const ends = partEnds(path)
  let existing = -1
  let missing = ends.length
  while (missing - existing > 1) {
    const middle = (existing + missing) >> 1
    if (exists(path.slice(0, ends[middle]))) existing = middle
    else missing = middle
  }
  return missing === ends.length ? undefined : path.slice(0, ends[missing])
}

/** The directories from `top`, which is one of those above `path`, down to the one that holds it. */
export function* directoriesBetween(top: string, path: string): Generator<string, void, undefined> {
  for (let end = top.length; end !== -1; end = path.indexOf('/', end + 1)) yield path.slice(0, end)
}

/** Where the parts of a path end, from the top down: `/a/bc` gives 2 and 5. */
function partEnds(path: string): number[] {
  const ends: number[] = []
  for (let slash = path.indexOf('/', 1); slash !== -1; slash = path.indexOf('/', slash + 1)) ends.push(slash)
  ends.push(path.length)
  return ends
}

/** A node whose name begins with `_` is hidden: reachable by its path, never listed. */
export function isHiddenName(name: string): boolean {
  return name.startsWith('_')
}
