/**
 * Server-sent events, as https://html.spec.whatwg.org/multipage/server-sent-events.html has them: text in, blocks out, wherever the
 * text was cut. A block that the end of the stream cut off is none.
 *
 * Example: `id: 7\n` + `event: a\ndata: {}\n\n: still here\n\nid: 9\n\n` is the block {id: '7', event: 'a', data: '{}'} and the
 * block {id: '9'}, which moves the position and tells nothing.
 */

export interface EventBlock {
  readonly id?: string
  readonly event?: string
  /** Lines are joined by LF. Undefined where there were none. */
  readonly data?: string
  /** How long to wait before a new connection, in milliseconds. */
  readonly retryMs?: number
}

/** Characters of one block: an event is at most 1.4 MiB. What sends more is no desk. */
const BLOCK_CHARACTERS_MAX = 8 * 1024 * 1024

export class EventParser {
  /** The beginning of a line whose end has not come yet. */
  #rest = ''
  /** The last piece ended in CR: an LF that follows belongs to it. */
  #endedInCr = false
  #block: { id?: string; event?: string; data?: string; retryMs?: number } = {}
  #characters = 0

  /** Takes the next piece of the text; returns the blocks that are whole by it. Throws where one is too long. */
  push(piece: string): EventBlock[] {
    const text = this.#endedInCr && piece.startsWith('\n') ? piece.slice(1) : piece
    if (piece !== '') this.#endedInCr = piece.endsWith('\r')
    const blocks: EventBlock[] = []
    let start = 0
    for (const { index, 0: end } of text.matchAll(/\r\n|\n|\r/gu)) {
      const line = this.#rest + text.slice(start, index)
      this.#rest = ''
      start = index + end.length
      if (line !== '') this.#readLine(line)
      else if (this.#isAnything()) blocks.push(this.#takeBlock())
      else this.#characters = 0
    }
    this.#rest += text.slice(start)
    if (this.#characters + this.#rest.length > BLOCK_CHARACTERS_MAX) throw new Error('an event is too long')
    return blocks
  }

  #isAnything(): boolean {
    return Object.keys(this.#block).length > 0
  }

  #takeBlock(): EventBlock {
    const block = this.#block
    this.#block = {}
    this.#characters = 0
    return block
  }

  #readLine(line: string): void {
    this.#characters += line.length
    const colon = line.indexOf(':')
    if (colon === 0) return
    const name = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1)
    if (name === 'data') this.#block.data = this.#block.data === undefined ? value : `${this.#block.data}\n${value}`
    else if (name === 'event') this.#block.event = value
    else if (name === 'id' && !value.includes('\0')) this.#block.id = value
    else if (name === 'retry' && /^\d+$/u.test(value)) this.#block.retryMs = Number(value)
  }
}
