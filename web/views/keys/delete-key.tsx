/** Deleting a key or a directory: asked for, with how much it is, since it can't be taken back. */
import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { KeysError, keysErrorCodes } from '../../../src/client/client.js'
import { countBelow, removeKey, TooMuch } from '../../state/keys-door.js'
import type { Found } from '../../state/tree-rows.js'
import { say } from '../../state/undo.js'
import { words } from '../../words/words.js'
import { endEdit, problemOf } from './editing.js'

export function DeleteKey({ node, close, onGone }: { node: Found; close: () => void; onGone: () => void }) {
  const { key, isDir, modified } = node
  const { remove } = words.keys
  const text = useSignal<string>(isDir ? remove.counting : remove.keyText)
  const problem = useSignal<string | undefined>(undefined)
  const isSending = useSignal(false)
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    box.current?.querySelector('button')?.focus()
    const stop = new AbortController()
    if (isDir) {
      countBelow(key, stop.signal).then(
        (count) => (text.value = remove.count(count)),
        (error: unknown) => {
          if (!stop.signal.aborted) text.value = error instanceof TooMuch ? remove.many : problemOf(error)
        },
      )
    }
    return () => stop.abort()
  }, [])
  const act = async (): Promise<void> => {
    isSending.value = true
    try {
      await removeKey(key, isDir ? 'directory' : { prevIndex: modified })
      endEdit(key)
      say(words.keys.deleted(key))
      close()
      onGone()
    } catch (error) {
      const isOther = error instanceof KeysError && error.errorCode === keysErrorCodes.compareFailed
      problem.value = isOther ? remove.moved : problemOf(error)
    }
    isSending.value = false
  }
  return (
    <div ref={box} class="make">
      <div>
        <h2>{isDir ? remove.directory(key) : remove.key(key)}</h2>
        <p role="status">
          {text.value} {key === '/tickets' && remove.tickets}
        </p>
        {problem.value !== undefined && (
          <p class="field__bad" role="alert">
            {problem.value}
          </p>
        )}
      </div>
      <footer class="make__foot">
        <button type="button" class="btn btn--danger" disabled={isSending.value} onClick={() => void act()}>
          {words.keys.delete}
        </button>
        <button type="button" class="btn btn--quiet" onClick={close}>
          {words.common.cancel}
        </button>
      </footer>
    </div>
  )
}
