/** Who one is on the desk and what one may; and whether one has to sign in first. */
import { computed, signal } from '@preact/signals'
import { Unauthorized, type Me } from '../../src/client/client.js'
import { access, actingAs, desk, wasClosed } from './desk.js'
import { kept } from './keep.js'

/** Undefined until the desk has answered, null where one has to sign in. */
export const me = signal<Me | null | undefined>(undefined)

/** Whether this browser was let in the last time; whoever comes first is taken to be where the desk is open. */
const wasLetIn = kept('let-in', !wasClosed, (value): value is boolean => typeof value === 'boolean')
me.subscribe((who) => {
  if (who !== undefined) wasLetIn.value = who !== null
})

/** The handle that one acts as; null for nobody. */
export const myHandle = computed(() => (access.value === 'open' ? actingAs.value : (me.value?.user ?? null)))

/** Whether one may do something, in the words of the table of roles. */
export const may = (what: string): boolean => me.value?.may.includes(what) === true

/** Whether one works on tickets: sees what is internal, assigns, moves. */
export const isStaff = computed(() => me.value?.may.includes('ticket.change') === true)

/** Whether there is anything in the key tree for one; taken to be so until it is known. */
export const maySeeKeys = computed(() => me.value?.keys.length !== 0)

/** Who this tab has shown something to. */
let shownTo: string | undefined

/** Who is signed in, for all tabs: they share the session. */
const signedIn = kept<string | null>('signed-in', null, (value) => value === null || typeof value === 'string')

/** Nothing of what one user has read or done is left to the next one, in this tab or another: it is loaded anew, with the drafts of that one. */
function startAnew(): Promise<never> {
  location.reload()
  return new Promise(() => undefined)
}

/** Whether it is this tab that has just learnt it. */
let isLearning = false

signedIn.subscribe((user) => {
  if (user === null || isLearning) return
  if (shownTo !== undefined && user !== shownTo) void startAnew()
  // In another tab the desk was closed that is open to this one, or one has signed in.
  else if (access.peek() === 'open' || me.peek() === null) learnSignedIn().catch(() => undefined)
})

// Whoever has to sign in is at a desk that is closed, and takes nobody's word for who asks.
me.subscribe((who) => {
  if (who === null) access.value = 'closed'
})

/** What the desk says of who asks; `me` is null where one has to sign in. */
interface Who {
  readonly access: 'open' | 'closed'
  readonly me: Me | null
}

async function askWho(): Promise<Who> {
  const [{ access: now }, found] = await Promise.all([
    desk().settings(),
    desk()
      .me()
      .catch((error: unknown) => {
        if (error instanceof Unauthorized) return null
        throw error
      }),
  ])
  return { access: now, me: now === 'closed' && found?.role === null ? null : found }
}

/**
 * Asks the desk who one is. `before` is done with the answer before it is shown, for whoever is let in.
 * @throws where it does not answer
 */
export async function learnWho(before?: () => Promise<void>): Promise<void> {
  const who = await askWho()
  access.value = who.access
  if (who.access === 'closed') {
    const user = who.me?.user ?? null
    if (user !== null && shownTo !== undefined && user !== shownTo) return startAnew()
    shownTo = user ?? shownTo
    noteSignedIn(user)
  } else noteSignedIn(null)
  if (who.me !== null) await before?.()
  me.value = who.me
  if (who.me !== null) hasSignedOut.value = false
}

function noteSignedIn(user: string | null): void {
  isLearning = true
  signedIn.value = user
  isLearning = false
}

/**
 * Asks it once one has signed in, which closes a desk that was open: from then on nobody says who one acts as.
 * @throws where the desk does not answer
 */
export async function learnSignedIn(): Promise<void> {
  access.value = 'closed'
  await learnWho()
}

/**
 * Whether what is for those who are let in may be asked for before it is known who one is, so that all answers come together: not where one
 * had to sign in the last time, since each would be refused.
 */
export const isLetIn = (): boolean => wasLetIn.peek()

/** The same of what depends on who one says that one is. */
export const isLetInAsNobody = (): boolean => isLetIn() && actingAs.peek() === null

/** Whether one has signed out oneself: it is no surprise then. */
export const hasSignedOut = signal(false)

/** Ends the session. @throws where the desk does not answer */
export async function signOut(): Promise<void> {
  await desk().sessions.signOut()
  hasSignedOut.value = true
  me.value = null
}

/** To be called with whatever the desk refused: where it no longer knows who asks, one signs in again. */
export function noteRefusal(error: unknown): void {
  if (error instanceof Unauthorized && me.peek() !== null) me.value = null
}
