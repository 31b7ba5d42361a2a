/** Labels that are chosen by a name which none has yet: they are made when they are used, not before. */
import { DeskError } from '../../src/client/client.js'
import { desk } from './desk.js'
import { labels, readNames } from './names.js'
import { noteFailed } from './undo.js'

/** Makes those of these labels that are not there. All that are there then; why one could not be made is said. */
export async function madeLabels(names: readonly string[]): Promise<readonly string[]> {
  const known = new Set(labels.peek().map(({ name }) => name))
  const unknown = names.filter((name) => !known.has(name))
  const failed = new Set<string>()
  for (const name of unknown) {
    try {
      await desk().labels.create({ name })
    } catch (error) {
      // Somebody else made it meanwhile.
      if (error instanceof DeskError && error.code === 'name_taken') continue
      failed.add(name)
      noteFailed(error)
    }
  }
  if (unknown.length > 0) void readNames(['label'])
  return names.filter((name) => !failed.has(name))
}
