/**
 * An input method that composes in a real browser, as those for Japanese, Chinese and Korean do: letters stand in the field that are not
 * yet meant, and keys choose among words. Browsers tell the page of such keys in two ways: by the code 229, and by `isComposing` alone.
 */
import type { CDPSession, Page } from 'playwright-core'

const PROCESS_KEY = 229
/** Keys that mean something to the page, each with its own code. */
const keys = [
  ['Enter', 13],
  ['Escape', 27],
  ['Tab', 9],
  ['ArrowDown', 40],
  ['ArrowUp', 38],
  ['c', 67],
  ['z', 90],
  ['/', 191],
] as const
const CONTROL = 2

export class InputMethod {
  readonly #input: CDPSession

  private constructor(input: CDPSession) {
    this.#input = input
  }

  static async on(page: Page): Promise<InputMethod> {
    return new InputMethod(await page.context().newCDPSession(page))
  }

  /** Begins a word at the caret of what has the focus; it is not yet meant. */
  async compose(text: string): Promise<void> {
    await this.#input.send('Input.imeSetComposition', {
      text,
      selectionStart: text.length,
      selectionEnd: text.length,
    })
  }

  /** Presses, while it composes, each key that means something to the page, in both ways that browsers tell of it. */
  async pressAll(): Promise<void> {
    for (const [key, own] of keys) {
      for (const code of [PROCESS_KEY, own]) await this.#press(key, code, 0)
    }
    await this.#press('Enter', PROCESS_KEY, CONTROL)
  }

  /** The word is chosen: it stands in the field as if it had been typed. */
  async commit(text: string): Promise<void> {
    await this.#input.send('Input.insertText', { text })
  }

  async #press(key: string, windowsVirtualKeyCode: number, modifiers: number): Promise<void> {
    await this.#input.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', key, windowsVirtualKeyCode, modifiers })
    await this.#input.send('Input.dispatchKeyEvent', { type: 'keyUp', key, windowsVirtualKeyCode, modifiers })
  }
}
