/** What a request says of a ticket, as the doors have checked its form; and the same in numbers, as the rules judge it. */
import type { FieldValue } from '../catalogue/fields.js'
import type { Priority } from './members.js'

/** A set as a whole, or what to add to it and what to take away. */
export type SetInput =
  | readonly string[]
  | { readonly add?: readonly string[] | undefined; readonly remove?: readonly string[] | undefined }

/** Whether a set is sent as a whole. */
export function isWhole(input: SetInput): input is readonly string[] {
  return Array.isArray(input)
}

/** Members that are not there are left as they are; null empties what may be empty. Names as people write them. */
export interface TicketInput {
  readonly title?: string | undefined
  readonly description?: string | null | undefined
  readonly status?: string | undefined
  readonly priority?: Priority | undefined
  readonly queue?: string | undefined
  readonly requester?: string | null | undefined
  readonly assignees?: SetInput | null | undefined
  readonly labels?: SetInput | null | undefined
  readonly due?: string | null | undefined
  readonly fields?: Readonly<Record<string, FieldValue | null>> | null | undefined
  readonly internal?: boolean | undefined
  readonly ref?: string | null | undefined
}

/** The same in numbers. Sets are whole; of field values null means none. */
export interface TicketEdit {
  readonly title?: string
  readonly description?: string
  readonly status?: number
  readonly priority?: number
  readonly queue?: number
  readonly requester?: number | null
  readonly assignees?: readonly number[]
  readonly labels?: readonly number[]
  readonly due?: number | null
  readonly fields?: Readonly<Record<string, FieldValue | null>>
  readonly internal?: 0 | 1
  readonly ref?: string
}
