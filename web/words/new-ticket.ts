/** The dialog in which a ticket is made. */
import { common, ticketNumber } from './common.js'

const characters = (count: number): string => `${common.number(count)} ${count === 1 ? 'character' : 'characters'}`

export const newTicket = {
  name: 'New ticket',
  title: 'Title',
  titleHint: 'What needs doing?',
  description: 'Description',
  descriptionHint: 'Description, in Markdown',
  create: 'Create',
  creating: 'Creating',
  another: 'Write another after it',
  similar: 'Is it one of these?',
  open: 'open',
  done: 'done',
  assign: 'Assign',
  usually: (handle: string) => `${handle}, as usual here`,
  label: 'Label',
  due: 'Due',
  requester: 'Requester',
  internal: 'Internal',
  internalHint: 'Requesters know nothing of an internal ticket',
  required: (field: string) => `${field} (required)`,
  choose: 'Choose',
  yes: 'Yes',
  no: 'No',
  made: (number: number) => `made ${ticketNumber(number)}`,
  noTitle: 'A ticket needs a title.',
  titleTooLong: (count: number, over: number) =>
    `${characters(count)}, ${common.number(over)} too many: the end is marked. The rest can go into the description.`,
  textTooLong: (over: number) =>
    `${common.number(over)} ${over === 1 ? 'byte' : 'bytes'} too many: a description holds 64 KiB.`,
  fieldMissing: (field: string) => `This queue asks for ${field}.`,
  toPutRight: (count: number) => `${common.number(count)} ${count === 1 ? 'thing' : 'things'} to put right`,
  notSent: (sentence: string) => `Not made: ${sentence} What you wrote is kept in this browser.`,
  unsure: (sentence: string) =>
    `It is not known whether it was made: ${sentence} Press Create again; there will be one ticket, not two.`,
  sentLongAgo: 'This was sent more than a day ago, and may have been made then: look for it. Create makes a new one.',
  madeBefore: 'This was made before with another text. Create makes a second one.',
  mayNot: 'You may read here, not make tickets.',
  day: {
    unknown: (text: string) => `“${text}” is no day. Write 2026-12-24, 24 Dec, or tomorrow.`,
    short: (month: string, days: number) => `${month} has ${days} days. Did you mean`,
    or: 'or',
  },
} as const
