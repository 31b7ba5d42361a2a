/** Writing into a field as if it were typed. */

/** Puts a text in the place of a part of the field, so that the browser's own undo takes it back. */
export function typeInto(field: HTMLTextAreaElement, from: number, to: number, text: string): void {
  field.focus()
  field.setSelectionRange(from, to)
  // What knows no such command changes the text all the same.
  if (document.execCommand('insertText', false, text)) return
  field.setRangeText(text, from, to, 'end')
  field.dispatchEvent(new InputEvent('input', { bubbles: true }))
}
