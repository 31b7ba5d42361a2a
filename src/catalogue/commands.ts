/** The commands of what has a name: statuses, queues, labels, fields and views. */

/** The commands by their names. */
export function catalogueHandlers() {
  return {}
}
