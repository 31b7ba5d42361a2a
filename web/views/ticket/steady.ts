/**
 * What one writes in, or reads, stays where it is on the screen while others' changes come in above it: before they are shown its place
 * is noted, and given back before the browser draws.
 */
import type { RefObject } from 'preact'
import { useEffect } from 'preact/hooks'
import type { TicketState } from './ticket-state.js'

export function useSteady(state: TicketState, box: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const scroll = box.current
    if (scroll === null) return
    let room = 0
    let held: { readonly element: Element; readonly top: number } | undefined
    state.onBeforeChange = () => {
      const { activeElement } = document
      const isIn = activeElement !== null && activeElement !== scroll && scroll.contains(activeElement)
      const element = isIn && isInSight(activeElement, scroll) ? activeElement : firstInSight(scroll)
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

function isInSight(element: Element, scroll: Element): boolean {
  const [own, room] = [element.getBoundingClientRect(), scroll.getBoundingClientRect()]
  return own.bottom > room.top && own.top < room.bottom
}

/** What stands at the top: the text or the entry that is being read. */
function firstInSight(scroll: Element): Element | undefined {
  if (scroll.scrollTop === 0) return undefined
  return [...scroll.querySelectorAll('.ticket__title, .ticket__desc, .talk > li')].find((one) => isInSight(one, scroll))
}
