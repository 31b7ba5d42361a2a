/** Custom fields: what a value of each type is, as people send it, as it is kept, and as it is shown. */
import { fieldsMax } from '../contract/limits.js'
import { lineProblem } from '../names/characters.js'
import type { Records } from '../store/records.js'
import { isDay } from './day.js'
import { findNamed, meant, type Kind } from './named.js'
import { fieldTable, type FieldRecord } from './tables.js'

export const fieldTypes = ['text', 'number', 'date', 'choice', 'yes/no'] as const

export type FieldType = (typeof fieldTypes)[number]

export function isFieldType(text: string): text is FieldType {
  return fieldTypes.some((type) => type === text)
}

/** What a field may have. Dates are days, such as `2026-12-01`. */
export type FieldValue = string | number | boolean

/** Numbers beyond this lose digits in JSON. */
const NUMBER_MAX = Number.MAX_SAFE_INTEGER

export const fieldKind: Kind<FieldRecord> = { kind: 'field', table: fieldTable, firsts: [], max: fieldsMax }

export function fieldOf(records: Records, number: number): FieldRecord {
  return meant(records, fieldKind, number)
}

/** The field that is called so today. */
export function findField(records: Records, name: string): FieldRecord | undefined {
  return findNamed(records, fieldKind, name)
}

/** What may be chosen. */
export function choicesOf({ choices }: FieldRecord): readonly string[] {
  const list: unknown = choices === '' ? [] : JSON.parse(choices)
  return Array.isArray(list) ? list.map(String) : []
}

/** Says in a sentence why a value is none for a field; undefined where it is one. */
export function fieldValueProblem(field: FieldRecord, value: unknown): string | undefined {
  const { name, type } = field
  switch (type) {
    case 'number':
      if (typeof value === 'number' && Math.abs(value) <= NUMBER_MAX) return undefined
      return `'${name}' is a number. Send one from -${NUMBER_MAX} to ${NUMBER_MAX}.`
    case 'yes/no':
      return typeof value === 'boolean' ? undefined : `'${name}' is yes or no. Send true or false.`
    case 'date':
      return typeof value === 'string' && isDay(value)
        ? undefined
        : `'${name}' is a day. Send one that exists, from 1970 to 2105, as YYYY-MM-DD.`
    case 'choice': {
      const choices = choicesOf(field)
      if (typeof value === 'string' && choices.includes(value)) return undefined
      return `'${name}' is one of ${choices.map((choice) => `'${choice}'`).join(', ')}. Send one of these.`
    }
    default:
      return textValueProblem(name, value)
  }
}

function textValueProblem(name: string, value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '')
    return `'${name}' is a text. Send at least one character, or null for none.`
  return lineProblem(`'${name}'`, value)
}
