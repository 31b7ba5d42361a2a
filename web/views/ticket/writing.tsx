/** A text in Markdown while it is written: the field, how it will look, and buttons for who does not know the signs. */
import { useSignal } from '@preact/signals'
import type { ComponentChildren, RefObject } from 'preact'
import { useId, useLayoutEffect, useRef } from 'preact/hooks'
import { Icon, type IconName } from '../../parts/icon.js'
import { Markdown } from '../../parts/markdown.js'
import { useMentions } from '../../parts/mentions.js'
import { bytesOver } from '../../parts/text-size.js'
import { typeInto } from '../../parts/typing.js'
import { addKeys, isMac } from '../../state/keyboard.js'
import { words } from '../../words/words.js'
import { insertOf, type Tool } from './writing-tools.js'

interface WritingProps {
  readonly text: string
  readonly label: string
  readonly placeholder?: string
  /** Text that says more of the field, such as what went wrong. */
  readonly describedBy?: string | undefined
  readonly isInvalid?: boolean
  readonly field: RefObject<HTMLTextAreaElement | null>
  /** Stands at the end of the head. */
  readonly children?: ComponentChildren
  readonly onInput: (text: string) => void
  readonly onSend: () => void
  readonly onLeave: () => void
}

const tools: readonly (readonly [Tool, IconName])[] = [
  ['bold', 'b'],
  ['code', 'code'],
  ['quote', 'quote'],
  ['bullets', 'list'],
  ['insertLink', 'link'],
]

export function Writing({
  text,
  label,
  placeholder,
  describedBy,
  isInvalid = false,
  field,
  children,
  onInput,
  onSend,
  onLeave,
}: WritingProps) {
  const isPreview = useSignal(false)
  const longId = useId()
  const over = bytesOver(text)
  const box = useRef<HTMLDivElement>(null)
  const show = (preview: boolean): void => {
    isPreview.value = preview
    if (!preview) queueMicrotask(() => field.current?.focus())
  }
  useLayoutEffect(
    () =>
      addKeys({
        'Mod+Shift+P': () => {
          if (box.current?.contains(document.activeElement) === true || isPreview.peek()) show(!isPreview.peek())
        },
      }),
    [],
  )
  return (
    <div ref={box} class="writing">
      <header class="compose__head">
        <span class="seg" role="group" aria-label={label}>
          <button type="button" aria-pressed={!isPreview.value} onClick={() => show(false)}>
            {words.ticket.write}
          </button>
          <button
            type="button"
            aria-pressed={isPreview.value}
            title={`${words.ticket.preview} (${isMac ? '⌘⇧P' : 'Ctrl+Shift+P'})`}
            onClick={() => show(true)}
          >
            {words.ticket.preview}
          </button>
        </span>
        {!isPreview.value && (
          <span class="compose__tools wide-only">
            {tools.map(([tool, icon]) => (
              <button
                key={tool}
                type="button"
                class="btn btn--icon btn--quiet btn--xs"
                aria-label={words.ticket[tool]}
                title={words.ticket[tool]}
                onClick={() => use(tool, field.current)}
              >
                <Icon name={icon} />
              </button>
            ))}
          </span>
        )}
        {children}
      </header>
      {isPreview.value ? (
        <div class="compose__text compose__text--preview" tabIndex={0} role="region" aria-label={words.ticket.preview}>
          {text.trim() === '' ? <p class="ph">{words.ticket.nothingToPreview}</p> : <Markdown text={text} />}
        </div>
      ) : (
        <TextField
          class="compose__text"
          {...{ text, label, field, onInput, onSend, onLeave }}
          describedBy={[describedBy, over > 0 ? longId : ''].join(' ').trim()}
          isInvalid={isInvalid || over > 0}
          {...(placeholder !== undefined && { placeholder })}
        />
      )}
      {over > 0 && (
        <p class="note note--bad" role="alert" id={longId}>
          <Icon name="warn" />
          {words.ticket.textTooLong(over)}
        </p>
      )}
    </div>
  )
}

function use(tool: Tool, field: HTMLTextAreaElement | null): void {
  if (field === null) return
  const { from, to, text, select } = insertOf(tool, field.value, field.selectionStart, field.selectionEnd)
  typeInto(field, from, to, text)
  field.setSelectionRange(from + select[0], from + select[1])
}

interface TextFieldProps {
  readonly class: string
  readonly text: string
  readonly label: string
  readonly placeholder?: string
  readonly describedBy?: string | undefined
  readonly isInvalid?: boolean
  /** Enter alone sends it, and it has one line. */
  readonly isLine?: boolean
  readonly field: RefObject<HTMLTextAreaElement | null>
  readonly onInput: (text: string) => void
  readonly onSend: () => void
  readonly onLeave: () => void
}

/** A field that grows with its text, and knows people and tickets. */
export function TextField(props: TextFieldProps) {
  const {
    class: name,
    text,
    label,
    placeholder,
    describedBy,
    isInvalid = false,
    isLine = false,
    field,
    onInput,
    onSend,
    onLeave,
  } = props
  // A title names nobody.
  const mentions = useMentions(field, !isLine)
  useLayoutEffect(() => {
    const area = field.current
    if (area === null || CSS.supports('field-sizing', 'content')) return
    area.style.height = 'auto'
    area.style.height = `${area.scrollHeight}px`
  }, [text])
  const onKeyDown = (event: KeyboardEvent): void => {
    if (mentions.takeKey(event)) return
    const isSend =
      event.key === 'Enter' && ((isMac ? event.metaKey : event.ctrlKey) || (isLine && !event.shiftKey && !event.altKey))
    if (isSend) onSend()
    else if (event.key === 'Escape') onLeave()
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  return (
    <>
      <textarea
        ref={field}
        class={name}
        rows={isLine ? 1 : 3}
        aria-label={label}
        aria-describedby={describedBy}
        aria-invalid={isInvalid}
        placeholder={placeholder}
        dir="auto"
        value={text}
        {...mentions.attributes}
        onInput={({ currentTarget }) => {
          onInput(isLine ? currentTarget.value.replaceAll(/[\r\n]+/gu, ' ') : currentTarget.value)
          mentions.look()
        }}
        onKeyDown={onKeyDown}
        onKeyUp={mentions.look}
        onClick={mentions.look}
        onBlur={mentions.close}
        onCompositionStart={() => mentions.compose(true)}
        onCompositionEnd={() => mentions.compose(false)}
      />
      {mentions.list}
    </>
  )
}
