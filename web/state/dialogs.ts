/** Which dialog is open over the page. */
import { signal } from '@preact/signals'

export type Dialog = 'new' | 'palette' | 'shortcuts'

export const dialog = signal<Dialog | undefined>(undefined)

export const newTicket = (): void => void (dialog.value = 'new')
export const closeDialog = (): void => void (dialog.value = undefined)
