/**
 * The keys of the page. A view says which keys do what while it is shown; the last that was shown is asked first. Keys with a modifier
 * work everywhere, single ones where no text is being written, and not where they are switched off. What a link or a button that has the
 * focus is pressed by is its own. While an input method composes, all
 * keys are its own: nothing of the page hears them, so no field has to ask.
 */
import { dialog } from './dialogs.js'
import { hasSingleKeys } from './preferences.js'

/** Keys as they are written in the page: `J`, `Shift+J`, `Mod+K`, `G M` (one after the other), `Enter`, `.`. */
export type Keys = Readonly<Record<string, (event: KeyboardEvent) => void>>

const layers: Keys[] = []
/** How long the second key of a pair is waited for, in milliseconds. */
const PAIR_MS = 1500

let pending: { readonly key: string; readonly until: number } | undefined

/** Adds keys until what is returned is called. In layout effects: keys count from when one sees what they are for. */
export function addKeys(keys: Keys): () => void {
  layers.push(keys)
  return () => {
    const at = layers.lastIndexOf(keys)
    if (at !== -1) layers.splice(at, 1)
  }
}

export const isMac = /mac|iphone|ipad/iu.test(navigator.platform)

/** What the key with ⌘ or Ctrl is called here. */
export const modName = isMac ? '⌘' : 'Ctrl'

/** Keeps a key from the page that an input method has; 229 is what some browsers say of one. */
function leaveToInputMethod(event: KeyboardEvent): void {
  if (!event.isComposing && event.keyCode !== 229) return
  event.stopImmediatePropagation()
  // What the browser itself would do: send a form, close a dialog, go to the next field.
  if (['Enter', 'Escape', 'Tab'].includes(event.key)) event.preventDefault()
}

/** What a key that is held does again and again; all else it does once. */
const walking = /^(?:Shift\+)?(?:[JK]|Arrow\w+|Page\w+)$/u

/** Begins to listen to the keyboard. */
export function startKeyboard(): void {
  addEventListener('keydown', leaveToInputMethod, true)
  addEventListener('keydown', (event) => {
    if (event.defaultPrevented) return
    const name = nameOf(event)
    if (name === undefined) return
    const isSingle = !name.startsWith('Mod+')
    if (isSingle && (isWriting(event) || isPressed(name, event))) return
    if (isSingle && !hasSingleKeys.peek() && /^(?:Shift\+)?[\p{L}.?/]$/u.test(name)) return
    const pair = pending !== undefined && pending.until > event.timeStamp ? `${pending.key} ${name}` : undefined
    pending = undefined
    const action = (pair !== undefined ? find(pair) : undefined) ?? find(name)
    if (action !== undefined) {
      event.preventDefault()
      if (!event.repeat || walking.test(name)) action(event)
    } else if (beginsPair(name)) pending = { key: name, until: event.timeStamp + PAIR_MS }
  })
}

/**
 * Whether a key is for the link or the button that has the focus: it presses that, and deletes nothing that one does not look at. A
 * ticket's own link, in its row or on its card, is where the cursor is.
 */
function isPressed(name: string, { target }: Event): boolean {
  if (!['Enter', ' ', 'Delete'].includes(name) || !(target instanceof Element)) return false
  return target.closest('a, button, summary') !== null && !target.matches('[data-number] > a')
}

/** A dialog that is open, or still being loaded, has the keys of its own alone. */
function isCovered(): boolean {
  return dialog.peek() !== undefined || document.querySelector('dialog[open]') !== null
}

function find(name: string): ((event: KeyboardEvent) => void) | undefined {
  if (isCovered() && !name.startsWith('Mod+')) return undefined
  for (let at = layers.length - 1; at >= 0; at--) {
    const action = layers[at]?.[name]
    if (action !== undefined) return action
  }
  return undefined
}

function beginsPair(name: string): boolean {
  return !isCovered() && layers.some((keys) => Object.keys(keys).some((key) => key.startsWith(`${name} `)))
}

function nameOf({ key, metaKey, ctrlKey, altKey, shiftKey }: KeyboardEvent): string | undefined {
  if (altKey || key === 'Dead' || key === 'Process') return undefined
  const isMod = isMac ? metaKey : ctrlKey
  if ((isMac ? ctrlKey : metaKey) || ['Shift', 'Control', 'Meta', 'Alt'].includes(key)) return undefined
  const isLetter = /^\p{L}$/u.test(key)
  const plain = isLetter ? key.toUpperCase() : key
  // What a sign needs to be typed with depends on the layout of the keyboard.
  const hasShift = shiftKey && (isLetter || key.length > 1)
  return `${isMod ? 'Mod+' : ''}${hasShift ? 'Shift+' : ''}${plain}`
}

/** Whether what has the focus takes letters. */
export function isWriting({ target }: Event): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement)
    return true
  return target instanceof HTMLInputElement && !['checkbox', 'radio', 'button'].includes(target.type)
}
