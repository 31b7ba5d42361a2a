/** The commands of what has a name: statuses, queues, labels, fields and views. */
import { fieldHandlers } from './field-commands.js'
import { labelHandlers } from './label-commands.js'
import { queueHandlers } from './queue-commands.js'
import { statusHandlers } from './status-commands.js'
import { viewHandlers } from './view-commands.js'
import type { ViewSearches } from './views.js'

/** The commands by their names. */
export function catalogueHandlers(searches: ViewSearches) {
  return { ...labelHandlers(), ...statusHandlers(), ...queueHandlers(), ...fieldHandlers(), ...viewHandlers(searches) }
}
