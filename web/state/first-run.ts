/** Whether the first minute is shown in the place of an empty list: on a desk without tickets, until one knows one's way. */
import { computed, signal } from '@preact/signals'
import { isStaff } from './identity.js'
import { kept } from './keep.js'

const knowsTheWay = kept('knows-the-way', false, (value): value is boolean => typeof value === 'boolean')
const hasBegun = signal(false)

export const isFirstRun = computed(() => hasBegun.value && !knowsTheWay.value && isStaff.value)

/** The desk turned out to have no tickets. */
export const beginFirstRun = (): void => void (hasBegun.value = true)

export function endFirstRun(): void {
  knowsTheWay.value = true
}
