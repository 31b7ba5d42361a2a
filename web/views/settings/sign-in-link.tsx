/** The pane of a link by which a person sets a password. */
import { signal, useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { MadeSignInLink, User } from '../../../src/client/client.js'
import { Copy } from '../../parts/copy.js'
import { Icon } from '../../parts/icon.js'
import { clockOf } from '../../parts/times.js'
import { access, desk, sentenceOf } from '../../state/desk.js'
import { noteRefusal } from '../../state/identity.js'
import { words } from '../../words/words.js'

/** Links that were made while the page is open, by handle: each is shown until it is closed, since it is told only once. */
const links = signal<ReadonlyMap<string, MadeSignInLink>>(new Map())

interface LinkPaneProps {
  readonly user: User
  /** Whether it waits until it is told to make one. */
  readonly isOffer: boolean
  readonly close: () => void
}

/** Makes a link, as soon as it is opened or once it is told to, and shows it until it is closed: nobody can look it up later. */
export function LinkPane({ user: { handle, role }, isOffer, close }: LinkPaneProps) {
  const problem = useSignal<unknown>(undefined)
  const box = useRef<HTMLDivElement>(null)
  const isOpen = access.value === 'open'
  const isAsked = isOpen || isOffer
  const link = links.value.get(handle)
  const isMaking = useSignal(false)
  const make = async (): Promise<void> => {
    // A second one would end the first.
    if (isMaking.peek()) return
    isMaking.value = true
    problem.value = undefined
    try {
      const made = await desk().signInLinks.create(handle)
      links.value = new Map(links.peek()).set(handle, made)
    } catch (error) {
      noteRefusal(error)
      problem.value = error
    }
    isMaking.value = false
  }
  useEffect(() => {
    if (link === undefined && !isAsked) void make()
  }, [])
  // From the form that made the person to what is offered, and from there to the link.
  useEffect(() => {
    if (isOffer) box.current?.querySelector('button')?.focus()
  }, [link])
  const forget = (): void => {
    const left = new Map(links.peek())
    left.delete(handle)
    links.value = left
    close()
  }
  return (
    <div ref={box} class={link === undefined ? 'make' : 'once'}>
      <h2>{words.settings.linkTitle(handle)}</h2>
      {isOpen && (
        <div class="note">
          <Icon name="warn" />
          <p>{words.settings.linkOpenDesk}</p>
        </div>
      )}
      {link === undefined ? (
        isOffer && <p>{words.settings.linkOffer(handle)}</p>
      ) : (
        <>
          <div class="cmd cmd--token">
            <code>{link.url}</code>
            <Copy text={link.url} />
          </div>
          <p>{words.settings.linkText(clockOf(Date.parse(link.expiresAt)))}</p>
        </>
      )}
      {problem.value !== undefined && <p role="alert">{sentenceOf(problem.value)}</p>}
      <footer class="make__foot">
        {link === undefined && (isAsked || problem.value !== undefined) && (
          <button
            type="button"
            class="btn btn--primary"
            disabled={isMaking.value || (isOpen && role !== 'admin')}
            onClick={() => void make()}
          >
            {words.settings.signInLink}
          </button>
        )}
        <button type="button" class={`btn ${link === undefined ? 'btn--quiet' : ''}`} onClick={forget}>
          {link !== undefined ? words.settings.token.done : isOffer ? words.settings.notNow : words.common.cancel}
        </button>
      </footer>
    </div>
  )
}
