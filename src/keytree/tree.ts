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

/** The directories above a path from the top down, without the root: `/a/b/c` gives `/a`, `/a/b`. */
export function ancestorsOf(path: string): string[] {
  const ancestors: string[] = []
  for (let slash = path.indexOf('/', 1); slash !== -1; slash = path.indexOf('/', slash + 1)) {
    ancestors.push(path.slice(0, slash))
  }
  return ancestors
}

/** A node whose name begins with `_` is hidden: reachable by its path, never listed. */
export function isHiddenName(name: string): boolean {
  return name.startsWith('_')
}
