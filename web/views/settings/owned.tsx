/** What belongs to somebody: tokens and sessions. One's own, or for admins everybody's; on an open desk there are none. */
import { signal, useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import type { OwnerOptions } from '../../../src/client/client.js'
import { Icon } from '../../parts/icon.js'
import { access, sentenceOf } from '../../state/desk.js'
import { may, noteRefusal } from '../../state/identity.js'
import { words } from '../../words/words.js'
import { CloseDesk } from './close-desk.js'

/** All of a kind that is shown, and whose. */
export class Owned<Item> {
  /** Undefined until they were read. */
  readonly items = signal<readonly Item[] | undefined>(undefined)
  readonly isAll = signal(false)
  readonly #list: (options: OwnerOptions) => AsyncIterable<Item>
  #reading = new AbortController()

  constructor(list: (options: OwnerOptions) => AsyncIterable<Item>) {
    this.#list = list
  }

  /** Reads them anew; what was asked for before is given up. @throws where they can't be read */
  async read(): Promise<void> {
    this.#reading.abort()
    const { signal } = (this.#reading = new AbortController())
    const found: Item[] = []
    try {
      for await (const item of this.#list({ ...(this.isAll.peek() && { user: '*' }), signal })) found.push(item)
    } catch (error) {
      if (!signal.aborted) throw error
    }
    if (!signal.aborted) this.items.value = found
  }
}

interface OwnedPartProps<Item> {
  readonly owned: Owned<Item>
  readonly part: 'tokens' | 'sessions'
  /** Beside the head; above and below the table. */
  readonly action?: ComponentChildren
  readonly above?: ComponentChildren
  readonly below?: ComponentChildren
  readonly table: ComponentChildren
}

export function OwnedPart<Item>({ owned, part, action, above, below, table }: OwnedPartProps<Item>) {
  const problem = useSignal<unknown>(undefined)
  const isOpen = access.value === 'open'
  const isAll = owned.isAll.value
  const read = (): void => {
    problem.value = undefined
    void owned.read().catch((error: unknown) => {
      noteRefusal(error)
      problem.value = error
    })
  }
  useEffect(() => {
    if (!isOpen) read()
  }, [isOpen, isAll])
  const { token } = words.settings
  return (
    <>
      <header class="set__head">
        <div>
          <h1>{words.settings.parts[part]}</h1>
          <p>{words.settings.texts[part]}</p>
        </div>
        {!isOpen && action}
      </header>
      {isOpen ? (
        <CloseDesk />
      ) : (
        <>
          {above}
          {may('credential.change') && (
            <div class="set__tools">
              <span class="seg" role="group" aria-label={words.settings.showWho}>
                <button type="button" aria-pressed={!isAll} onClick={() => (owned.isAll.value = false)}>
                  {token.mine}
                </button>
                <button type="button" aria-pressed={isAll} onClick={() => (owned.isAll.value = true)}>
                  {token.all}
                </button>
              </span>
            </div>
          )}
          {problem.value === undefined ? table : <Unread problem={problem.value} again={read} />}
          {below}
        </>
      )}
    </>
  )
}

/** A list that could not be read. */
function Unread({ problem, again }: { problem: unknown; again: () => void }) {
  return (
    <div class="note note--bad" role="alert">
      <Icon name="warn" />
      <div>
        <p>{sentenceOf(problem)}</p>
        <div class="note__do">
          <button type="button" class="btn" onClick={again}>
            {words.common.tryAgain}
          </button>
        </div>
      </div>
    </div>
  )
}
