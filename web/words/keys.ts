/** The key tree: what lies in it, how it is changed, and what happens there. */
import { common } from './common.js'

const keysOf = (count: number): string => `${common.number(count)} ${count === 1 ? 'key' : 'keys'}`

/** A time that is left, as people say it. */
function left(seconds: number): string {
  if (seconds < 1) return 'now'
  if (seconds < 120) return `${Math.ceil(seconds)} s`
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`
  return `${Math.round(seconds / 86_400)} d`
}

function bytes(count: number): string {
  if (count < 1024) return `${count} ${count === 1 ? 'byte' : 'bytes'}`
  return count < 1024 * 1024 ? `${(count / 1024).toFixed(1)} KiB` : `${(count / 1024 / 1024).toFixed(1)} MiB`
}

export const keys = {
  title: 'Key tree',
  path: 'Path',
  root: 'Root',
  tree: 'Keys',
  jump: 'Jump to a key',
  showTree: 'Show the tree',
  newKey: 'New key',
  left,
  bytes,
  copyPath: 'Path',
  delete: 'Delete',
  edit: 'Edit',
  changedAt: 'Changed at',
  createdAt: 'Created at',
  expires: 'Expires',
  expiresIn: (span: string, clock: string) => (span === 'now' ? 'now' : `in ${span}, ${clock}`),
  never: 'never',
  size: 'Size',
  holds: 'Holds',
  entries: (count: number) => `${common.number(count)} ${count === 1 ? 'entry' : 'entries'}`,
  value: 'Value',
  json: 'JSON',
  jsonValid: 'JSON, valid',
  jsonWrong: 'no valid JSON',
  text: 'Text',
  empty: 'It is empty.',
  format: 'Set on lines',
  showAll: (size: string) => `Show all of it, ${size}`,
  shortened: (shown: string, all: string) => `The first ${shown} of ${all} are shown.`,
  tooLongToEdit: 'It is too long to be edited in this page. The line below writes it from a file.',
  lineEnds: 'Some of its line ends are CR LF or CR. Saved from here, they become LF.',
  directory: 'Directory',
  open: 'Open',
  fold: 'Fold',
  ticket: (number: number) => `Ticket ${number}`,
  isTicket: 'The value is the title of a ticket. What is changed here is changed there.',
  same: 'The same in a terminal',
  onlyIf: 'Only if it is still at',
  keepTtl: 'Keep its time to live',
  ttl: 'Time to live, in seconds',
  ttlHint: 'Empty: for ever.',
  ttlWrong: 'Write a whole number of seconds from 1.',
  saved: (key: string) => `Saved ${key}`,
  made: (key: string) => `Made ${key}`,
  deleted: (key: string) => `Deleted ${key}`,
  conflict: (now: number, was: number) =>
    `Somebody else changed this key: it is at ${now} now, you started from ${was}.`,
  conflictText: 'Theirs is on the left, yours on the right. What differs is marked.',
  goneTitle: 'Somebody else deleted this key.',
  goneText: 'What you typed is kept here.',
  theirs: 'Theirs',
  yours: 'Yours',
  notSaved: 'not saved',
  takeTheirs: 'Take theirs',
  writeMine: 'Write mine over it',
  both: 'Put both together',
  makeAgain: 'Make it again with mine',
  giveUp: 'Give up mine',
  movedOn: (now: number) => `This key has changed while you edit: it is at ${now} now. Saving shows both.`,
  gone: 'This key is gone',
  goneAt: (action: string, index: number) =>
    `${action === 'expire' ? 'It expired' : 'It was deleted'} at ${index}. Its last value stands below.`,
  missing: 'There is no key here',
  missingText:
    'It may have expired, or been deleted. Keys whose name begins with _ are listed nowhere: they are found by their whole path.',
  makeIt: 'Make it',
  forbidden: 'This part of the key tree is not yours to see',
  forbiddenText: 'The desk refuses it (401, errorCode 110).',
  yourParts: (parts: string) => `You may see ${parts}.`,
  noParts: 'Your role on this desk reaches no key.',
  failed: 'This can not be read',
  tooMuch: 'It holds more than a page can show. Jump to a key in it by its whole path.',
  emptyTree: 'There are no keys yet.',
  new: {
    title: 'New key',
    path: 'Path',
    pathHint: 'Directories on the way are made.',
    kind: 'Kind',
    kinds: { key: 'Key', directory: 'Directory', ordered: 'Key that the desk numbers' },
    orderedHint: 'The path is that of its directory.',
    exists: 'There is something at this path already.',
    show: 'Show it',
    pathWrong: 'A path begins with / and names a key.',
    make: 'Make',
  },
  remove: {
    key: (key: string) => `Delete ${key}?`,
    keyText: 'This can’t be taken back.',
    directory: (key: string) => `Delete the directory ${key} and all that is in it?`,
    counting: 'Counting what is in it',
    count: (count: number) => `${keysOf(count)} ${count === 1 ? 'is' : 'are'} in it. This can’t be taken back.`,
    many: 'More keys are in it than this page can count. This can’t be taken back.',
    tickets: 'All tickets go into the bin. An admin can bring them back.',
    moved: 'It was changed since. Look at it again, then delete it.',
  },
  log: {
    title: 'Changes below',
    since: (index: number) => `since ${index}`,
    hold: 'Hold',
    letGo: 'Go on',
    held: 'held',
    none: 'Nothing has changed since you came.',
    label: (key: string) => `Changes below ${key}`,
    lost: 'not connected',
    ago: (seconds: number) => (seconds < 2 ? 'now' : left(seconds)),
  },
} as const
