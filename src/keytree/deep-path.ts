/** Paths with so many parts that what lies above them may be much to make: a short request, and a long time for the writer. */

/** Shorter paths are not looked at: most are. */
const LOOKED_AT_CHARACTERS = 1000

/** Characters of the paths of all directories above: what a batch of usual commands weighs. */
const HEAVY_CHARACTERS = 128 * 1024

/** Whether a command's arguments name a path above which so much may have to be made. */
export function hasDeepPath(args: unknown): boolean {
  if (typeof args !== 'object' || args === null || !('path' in args)) return false
  const { path } = args
  if (typeof path !== 'string' || path.length < LOOKED_AT_CHARACTERS) return false
  // Of parts of one length; what is made in the end the command itself counts.
  return (path.length * path.split('/').length) / 2 > HEAVY_CHARACTERS
}
