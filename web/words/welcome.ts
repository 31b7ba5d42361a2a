/** The first minute at a desk without tickets. */
import { common } from './common.js'

export const welcome = {
  name: 'Start',
  done: 'I know my way',
  start: 'This desk is empty. Four moves, and you know it.',
  going: (left: number) =>
    `One ticket is here. ${['No move', 'One move', 'Two moves', 'Three moves'][left] ?? ''} to go.`,
  arrived: 'That is the desk. The rest is the same, with more of it.',
  text: 'Nothing here is a demonstration: what you do here is done, and the journal shows it as it is stored.',
  first: {
    title: 'Write down what needs doing',
    field: 'Title',
    example: 'For example: node-17 logs ECC errors',
    create: 'Create',
    hint: 'A title is enough. All else can follow later, or never.',
    changed: 'changed just now',
  },
  terminal: {
    title: 'Change it from a terminal',
    soon: 'A ticket is a few lines of JSON. As soon as you have one, its command appears here.',
    text: (number: number) =>
      `This makes ticket ${number} urgent. Paste it into a terminal, and look at this page while you do:`,
    token:
      'This desk is closed, so the command needs a token: make one under Settings and put it in the place of TOKEN.',
    waiting: 'Waiting for the change. It shows within a second.',
    arrived: (index: number) =>
      `There it is: the new priority above, and index ${common.number(index)} in the journal.`,
  },
  work: {
    title: 'Start working on it',
    before: 'Press',
    after: 'and choose a status. Every property has one key.',
    button: 'Status',
    arrived: (status: string) => `It was moved to ${status}.`,
  },
  back: {
    title: 'Take it back',
    text: 'undoes your last change, here and everywhere. Others see that you did.',
    arrived: 'Taken back. The journal has it as a change like any other.',
  },
  afterwards: 'Then:',
  people: 'invite people',
  token: 'make a token for a script',
  keys: 'look at the key tree',
  list: 'To the list',
  journal: {
    name: 'Journal',
    none: 'Nothing has happened yet.',
    rule: 'Every change takes the next index, without gaps.',
    next: (index: number) =>
      `Index ${common.number(index)} is on the disk. The next change gets ${common.number(index + 1)}, from wherever it comes.`,
    same: 'The same ticket, the same journal, whichever door a change came through.',
    doors: { page: 'this page', api: 'API', cli: 'command line', keys: 'keys API', lab: 'lab API', import: 'import' },
    otherDoor: 'the desk',
    created: (number: number) => `create ${number}`,
    changed: (number: number) => `change ${number}`,
    deleted: (number: number) => `delete ${number}`,
    member: (name: string, from: string, to: string) => `${name}: ${from} → ${to}`,
    text: (name: string) => `${name} changed`,
  },
} as const
