/**
 * What one writes in, or reads, stays where it is on the screen while others' changes come in above it: before they are shown its place
 * is noted, and given back before the browser draws.
 */
import type { RefObject } from 'preact'
import { useLayoutEffect } from 'preact/hooks'
import type { TicketState } from './ticket-state.js'

export function useSteady(state: TicketState, box: RefObject<HTMLElement | null>): void {
  useLayoutEffect(() => {
    const scroll = box.current
    if (scroll === null) return
    let room = 0
    let held: { readonly element: Element; readonly top: number } | undefined
    state.onBeforeChange = (within) => {
      const { activeElement } = document
      const isIn = activeElement !== null && activeElement !== scroll && scroll.contains(activeElement)
      // Who asks for more by a button reads beside it.
      const isHeld = isIn && isInSight(activeElement, scroll) && activeElement.closest('.talk__gap') === null
      const element = isHeld ? activeElement : firstInSight(scroll, within)
      const holding = element === undefined ? undefined : { element, top: element.getBoundingClientRect().top }
      held = holding
      // What is not shown by then has nothing to do with it.
      requestAnimationFrame(() =>
        requestAnimationFrame(() => {
          if (held === holding) held = undefined
        }),
      )
    }
    const observer = new MutationObserver(() => {
      if (held === undefined || !held.element.isConnected) return
      const moved = held.element.getBoundingClientRect().top - held.top
      if (Math.abs(moved) < 1) return
      const wanted = scroll.scrollTop + moved
      scroll.scrollTop = wanted
      if (wanted - scroll.scrollTop < 1) return
      // Behind the end there is room to be made first.
      room += wanted + scroll.clientHeight - (scroll.firstElementChild?.getBoundingClientRect().height ?? 0)
      scroll.style.setProperty('--steady', `${room}px`)
      scroll.scrollTop = wanted
    })
    observer.observe(scroll, { childList: true, subtree: true, characterData: true })
    return () => {
      observer.disconnect()
      state.onBeforeChange = () => undefined
    }
  }, [state])
}

export function isInSight(element: Element, scroll: Element): boolean {
  const [own, room] = [element.getBoundingClientRect(), scroll.getBoundingClientRect()]
  return own.bottom > room.top && own.top < room.bottom
}

const READ = '.ticket__title, .ticket__desc, .talk > li:not(.talk__gap)'

/** What stands at the top, of all or of what is in an element: the text or the entry that is being read. */
function firstInSight(scroll: Element, within: Element | null | undefined): Element | undefined {
  const isAtTop = scroll.scrollTop === 0
  if (isAtTop && (within === undefined || within === null)) return undefined
  return [...(within ?? scroll).querySelectorAll(READ)].find((one) => isInSight(one, scroll))
}
