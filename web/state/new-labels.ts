/** Labels that are chosen by a name which none has yet: they are made when they are used, not before. */
import { DeskError } from '../../src/client/client.js'
import { desk } from './desk.js'
import { may } from './identity.js'
import { labels, readNames } from './names.js'

/**
 * Makes those of these labels that are not there. Gives those that could not be made, with why. Whoever may make none is told by the desk which
 * of them there is not, as of one that went while a ticket was written.
 */
export async function makeLabels(names: readonly string[]): Promise<ReadonlyMap<string, unknown>> {
  if (!may('label.change')) return new Map()
  const known = new Set(labels.peek().map(({ name }) => name))
  const unknown = names.filter((name) => !known.has(name))
  const failed = new Map<string, unknown>()
  for (const name of unknown) {
    try {
      await desk().labels.create({ name })
    } catch (error) {
      // Somebody else made it meanwhile.
      if (error instanceof DeskError && error.code === 'name_taken') continue
      failed.set(name, error)
    }
  }
  if (unknown.length > 0) void readNames(['label'])
  return failed
}
