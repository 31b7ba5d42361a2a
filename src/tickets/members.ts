/** The members of a ticket as they are kept: sets of numbers and field values as texts, days and priorities as numbers. */
import type { FieldValue } from '../catalogue/fields.js'

/** By rank: the number that is kept is the place here. */
export const priorities = ['low', 'normal', 'high', 'urgent'] as const

export type Priority = (typeof priorities)[number]

/** The priority of a ticket of which nothing is said. */
export const USUAL_PRIORITY = 1

export function priorityNumber(priority: string): number | undefined {
  const number = priorities.findIndex((one) => one === priority)
  return number === -1 ? undefined : number
}

export function priorityName(number: number): Priority {
  return priorities[number] ?? 'normal'
}

/** The numbers of a set, in the order in which they were added. */
export function numbersOf(text: string): number[] {
  return text === '' ? [] : text.split(' ').map(Number)
}

export function numbersText(numbers: readonly number[]): string {
  return numbers.join(' ')
}

/** Values of custom fields by the fields' numbers. */
export type FieldValues = Readonly<Record<string, FieldValue>>

export function fieldValuesOf(text: string): FieldValues {
  const values: FieldValues = text === '' ? {} : JSON.parse(text)
  return values
}

/** In the order of the fields' numbers, so that the same values are the same text. */
export function fieldValuesText(values: FieldValues): string {
  return Object.keys(values).length === 0 ? '' : JSON.stringify(values)
}
