/** Which dialog is open over the page. */
import { signal } from '@preact/signals'

export type Dialog = 'new' | 'palette' | 'shortcuts'

export const dialog = signal<Dialog | undefined>(undefined)

/** What a new ticket begins with, where it is made in a column or a queue. */
export const newBegins = signal<{ readonly status?: string; readonly queue?: string }>({})

export const newTicket = (): void => void (dialog.value = 'new')
export const closeDialog = (): void => void (dialog.value = undefined)

/** A new ticket that begins with something. */
export function newTicketIn(begins: { readonly status?: string; readonly queue?: string }): void {
  newBegins.value = begins
  newTicket()
}
