/** The board: cards in columns, and how a move is told. */
import { common, ticketNumber } from './common.js'

export const board = {
  name: 'Board',
  column: (status: string, count: string) => `${status}, ${count}`,
  move: (number: number) => `Move ${number}`,
  moveTo: 'Move to',
  add: (status: string) => `New ticket in ${status}`,
  openColumn: (status: string) => `Show ${status}`,
  moved: (number: number, status: string) => `${ticketNumber(number)} is in ${status}.`,
  dragging: (number: number, status: string) => `${ticketNumber(number)} is taken from ${status}.`,
  over: (status: string) => `Over ${status}.`,
  putBack: (number: number) => `${ticketNumber(number)} stays where it was.`,
  barred: (number: number, from: string, to: string) =>
    `${ticketNumber(number)} was not moved: nothing goes from ${from} to ${to} here.`,
  noFrom: (from: string) => `not from ${from}`,
  notMoved: (number: number, why: string) => `${ticketNumber(number)} was not moved: ${why}`,
  first: (number: number) => `${ticketNumber(number)} is in the first column already.`,
  last: (number: number) => `${ticketNumber(number)} is in the last column already.`,
  mayNot: 'Only staff moves tickets.',
  news: (count: number) => `${common.number(count)} ${count === 1 ? 'change' : 'changes'} by others`,
  more: (count: number) => `${common.number(count)} more in the list`,
  empty: 'Nothing here',
  keys: 'Arrows walk, Shift with left or right moves the card, S chooses where to',
} as const
