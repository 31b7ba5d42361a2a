/**
 * A dialog over the page: the focus stays in it and returns where it was, Esc leaves it, a press beside it too. What it shows is its
 * own; menus opened in it are in it.
 */
import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { closeDialog } from '../state/dialogs.js'
import { MenuRoom } from './menu.js'

interface DialogProps {
  readonly label: string
  readonly class?: string
  readonly children: ComponentChildren
  /** What Esc does where it does not close. */
  readonly onClose?: () => void
}

export function Dialog({ label, class: more = '', children, onClose = closeDialog }: DialogProps) {
  const box = useRef<HTMLDialogElement>(null)
  const composing = useRef(false)
  useLayoutEffect(() => {
    const before = document.activeElement
    box.current?.showModal()
    return () => {
      box.current?.close()
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true })
    }
  }, [])
  return (
    <dialog
      ref={box}
      class={`dialog ${more}`}
      aria-label={label}
      onCancel={(event) => {
        event.preventDefault()
        if (!composing.current) onClose()
      }}
      onCompositionStart={() => (composing.current = true)}
      onCompositionEnd={() => (composing.current = false)}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        event.preventDefault()
        onClose()
      }}
      onPointerDown={(event) => event.target === box.current && onClose()}
    >
      {children}
      <MenuRoom />
    </dialog>
  )
}
