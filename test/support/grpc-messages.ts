/**
 * Counts the messages that a gRPC server sends over a connection, by reading HTTP/2's frames as they pass: so that a connection
 * can be cut right behind one of them, or in the middle of the next.
 */

const FRAME_HEADER_BYTES = 9
const MESSAGE_HEADER_BYTES = 5
const DATA_FRAME = 0

/** What is missing of a message: first of its header, then of its body. */
interface Begun {
  header: Buffer
  left: number
}

export class GrpcMessages {
  readonly #streams = new Map<number, Begun>()
  #header = Buffer.alloc(0)
  /** What is left of the frame that passes, and the stream it belongs to where it holds data. */
  #left = 0
  #stream: number | undefined
  #count = 0

  /** Takes what passes; where behind it in these bytes the message with this number (from 1) ends, if it does. */
  endOf(number: number, bytes: Buffer): number | undefined {
    for (let at = 0; at < bytes.length;) {
      if (this.#left === 0) {
        const missing = FRAME_HEADER_BYTES - this.#header.length
        this.#header = Buffer.concat([this.#header, bytes.subarray(at, at + missing)])
        at = Math.min(bytes.length, at + missing)
        if (this.#header.length === FRAME_HEADER_BYTES) this.#begin()
        continue
      }
      const part = bytes.subarray(at, at + this.#left)
      const end = this.#stream === undefined ? undefined : this.#read(this.#stream, part, number)
      if (end !== undefined) return at + end
      at += part.length
      this.#left -= part.length
    }
    return undefined
  }

  #begin(): void {
    this.#left = this.#header.readUIntBE(0, 3)
    this.#stream = this.#header[3] === DATA_FRAME ? this.#header.readUInt32BE(5) & 0x7fffffff : undefined
    this.#header = Buffer.alloc(0)
  }

  #read(stream: number, data: Buffer, number: number): number | undefined {
    const begun = this.#streams.get(stream) ?? { header: Buffer.alloc(0), left: 0 }
    this.#streams.set(stream, begun)
    for (let at = 0; at < data.length;) {
      if (begun.header.length < MESSAGE_HEADER_BYTES) {
        const missing = MESSAGE_HEADER_BYTES - begun.header.length
        begun.header = Buffer.concat([begun.header, data.subarray(at, at + missing)])
        at = Math.min(data.length, at + missing)
        if (begun.header.length < MESSAGE_HEADER_BYTES) break
        begun.left = begun.header.readUInt32BE(1)
      } else {
        const part = Math.min(begun.left, data.length - at)
        begun.left -= part
        at += part
      }
      if (begun.left > 0) continue
      begun.header = Buffer.alloc(0)
      this.#count += 1
      if (this.#count === number) return at
    }
    return undefined
  }
}
