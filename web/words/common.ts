/** Words that all parts of the page use. */

/** With a comma before each three digits. Not by `Intl`: see `parts/times.ts`. */
const number = (value: number): string => String(value).replaceAll(/\B(?=(?:\d{3})+$)/gu, ',')
const nothingFound = 'Nothing found'

/** A name within a line of plain text, kept to itself: no mark in it turns what stands beside it. */
export const own = (name: string): string => `\u2068${name}\u2069`

/** A ticket by its number, where nothing says that it is one: a number alone reads as a count. */
export const ticketNumber = (of: number): string => `#${of}`

export const common = {
  ticketNumber,
  cancel: 'Cancel',
  save: 'Save',
  delete: 'Delete',
  create: 'Create',
  close: 'Close',
  back: 'Back',
  copy: 'Copy',
  copied: 'Copied',
  tryAgain: 'Try again',
  nobody: 'Nobody',
  none: 'None',
  nothingFound,
  found: (count: number) => (count === 0 ? nothingFound : `${number(count)} found`),
  number,
  priority: { low: 'Low', normal: 'Normal', high: 'High', urgent: 'Urgent' },
  category: { new: 'New', active: 'Active', waiting: 'Waiting', done: 'Done' },
  mention: { people: 'People', tickets: 'Tickets' },
  noNumber: 'Write a number such as 1500 or 2.5, with nothing between the thousands.',
  passwordAgain: 'The same password again',
  passwordsDiffer: 'The two passwords are not the same.',
  notLoaded: 'This can not be shown',
  notReached: 'The desk can not be reached.',
} as const
