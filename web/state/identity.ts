/** Who one is on the desk and what one may; and whether one has to sign in first. */
import { computed, signal } from '@preact/signals'
import { Unauthorized, type Me } from '../../src/client/client.js'
import { access, actingAs, desk } from './desk.js'

/** Undefined until the desk has answered, null where one has to sign in. */
export const me = signal<Me | null | undefined>(undefined)

/** The handle that one acts as; null for nobody. */
export const myHandle = computed(() => (access.value === 'open' ? actingAs.value : (me.value?.user ?? null)))

/** Whether one may do something, in the words of the table of roles. */
export const may = (what: string): boolean => me.value?.may.includes(what) === true

/** Whether one works on tickets: sees what is internal, assigns, moves. */
export const isStaff = computed(() => me.value?.may.includes('ticket.change') === true)

/** Asks the desk who one is. @throws where it does not answer */
export async function learnWho(): Promise<void> {
  const [{ access: now }, found] = await Promise.all([
    desk().settings(),
    desk()
      .me()
      .catch((error: unknown) => {
        if (error instanceof Unauthorized) return null
        throw error
      }),
  ])
  access.value = now
  me.value = now === 'closed' && found?.role === null ? null : found
}

/** To be called with whatever the desk refused: where it no longer knows who asks, one signs in again. */
export function noteRefusal(error: unknown): void {
  if (error instanceof Unauthorized && me.peek() !== null) me.value = null
}
