/**
 * Writing lines to a descriptor that the program was started with (stdout, stderr) without ever waiting for it: whoever reads
 * it may be slow, stand still or be gone, and a disk may be full.
 *
 * Promises: `write` neither waits nor throws; what can't be written now waits in a bounded buffer and is tried again; beyond
 * that lines are lost, each as a whole, counted, and said to be lost as soon as there is room again. Lines keep their order.
 */
import { constants, fstatSync, openSync, write, writeSync } from 'node:fs'

/** Bytes of lines that may wait. */
const WAITING_BYTES_MAX = 1024 * 1024
/** Once no more than this waits after lines were lost, that is said, and lines are taken again. */
const WAITING_BYTES_AGAIN = WAITING_BYTES_MAX / 2

/** What goes into a pipe or a terminal at once: up to here (PIPE_BUF) it goes in whole, between the lines of others. */
const PIECE_BYTES = 4096
/** What goes into a file at once. */
const FILE_PIECE_BYTES = 64 * 1024

/** When a write that failed is tried again, in milliseconds: doubled each time. */
const RETRY_MS = 5
const RETRY_MS_MAX = 1000

/** How long the last words of a process may take, in milliseconds. */
const FLUSH_MS_MAX = 200

export class SteadyOutput {
  readonly #noteOf: ((lost: number) => string) | undefined
  readonly #descriptor: number
  /** Whether writing may wait, as on a disk: then a thread of Node's pool does it. */
  readonly #mayWait: boolean
  #waiting: string[] = []
  #waitingBytes = 0
  /** What a write has left of a piece. */
  #rest: Buffer | undefined
  #isWriting = false
  #retry: NodeJS.Timeout | undefined
  #retryMs = RETRY_MS
  #lostNow = 0
  #lost = 0

  /** `noteOf` words a line that says how many were lost. */
  constructor(descriptor: 1 | 2, noteOf?: (lost: number) => string) {
    const opened = openWithoutWaiting(descriptor)
    this.#descriptor = opened ?? descriptor
    this.#mayWait = opened === undefined
    this.#noteOf = noteOf
  }

  /** Lines lost since the start. */
  get lost(): number {
    return this.#lost
  }

  /** Writes a line, its end included, or lets it wait. */
  write(line: string): void {
    const bytes = Buffer.byteLength(line)
    if (this.#lostNow > 0 || this.#waitingBytes + bytes > WAITING_BYTES_MAX) {
      this.#lostNow += 1
      this.#lost += 1
      // Where nothing waits nothing comes that would make room: the line alone was too long.
      if (this.#waitingBytes > 0) return
      this.#noteLost()
    } else this.#add(line, bytes)
    if (!this.#isWriting && this.#retry === undefined) this.#pump()
  }

  /** Writes what waits as far as that is possible within 200 ms: for the last words of a process. */
  flushSync(): void {
    const deadline = performance.now() + FLUSH_MS_MAX
    for (;;) {
      const piece = this.#nextPiece() ?? this.#noteAsPiece()
      if (piece === undefined) return
      try {
        this.#noteWritten(piece, writeSync(this.#descriptor, piece))
      } catch (error) {
        this.#putBack(piece)
        if (!isBusy(error) || performance.now() > deadline) return
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS)
      }
    }
  }

  #add(line: string, bytes: number): void {
    this.#waiting.push(line)
    this.#waitingBytes += bytes
  }

  #pump(): void {
    for (let piece = this.#nextPiece(); piece !== undefined; piece = this.#nextPiece()) {
      if (this.#mayWait) {
        this.#writeInPool(piece)
        return
      }
      try {
        this.#noteWritten(piece, writeSync(this.#descriptor, piece))
      } catch {
        this.#tryLater(piece)
        return
      }
    }
  }

  #writeInPool(piece: Buffer): void {
    this.#isWriting = true
    write(this.#descriptor, piece, (error, written) => {
      this.#isWriting = false
      if (error !== null) {
        this.#tryLater(piece)
        return
      }
      this.#noteWritten(piece, written)
      this.#pump()
    })
  }

  /** Whatever the reason: a pipe may get another reader, a disk room. */
  #tryLater(piece: Buffer): void {
    this.#putBack(piece)
    this.#retry = setTimeout(() => {
      this.#retry = undefined
      this.#pump()
    }, this.#retryMs).unref()
    this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MS_MAX)
  }

  #noteWritten(piece: Buffer, written: number): void {
    if (written < piece.length) this.#putBack(piece.subarray(written))
    this.#waitingBytes -= written
    this.#retryMs = RETRY_MS
    if (this.#lostNow > 0 && this.#waitingBytes <= WAITING_BYTES_AGAIN) this.#noteLost()
  }

  #putBack(piece: Buffer): void {
    this.#rest = this.#rest === undefined ? piece : Buffer.concat([piece, this.#rest])
  }

  #noteLost(): void {
    const note = this.#noteOf?.(this.#lostNow)
    this.#lostNow = 0
    if (note !== undefined) this.#add(note, Buffer.byteLength(note))
  }

  /** At the end it is said at once. */
  #noteAsPiece(): Buffer | undefined {
    if (this.#lostNow > 0) this.#noteLost()
    return this.#nextPiece()
  }

  /** The next bytes to be written: what is left of a line, else whole lines. */
  #nextPiece(): Buffer | undefined {
    const rest = this.#rest
    this.#rest = undefined
    if (rest !== undefined) return rest
    const [first] = this.#waiting
    if (first === undefined) return undefined
    const bytesMax = this.#mayWait ? FILE_PIECE_BYTES : PIECE_BYTES
    let bytes = Buffer.byteLength(first)
    let lines = 1
    for (; lines < this.#waiting.length; lines += 1) {
      bytes += Buffer.byteLength(this.#waiting[lines] ?? '')
      if (bytes > bytesMax) break
    }
    return Buffer.from(this.#waiting.splice(0, lines).join(''))
  }
}

/**
 * A descriptor for the same that never waits; undefined where there is none. Pipes, terminals and devices are opened once more,
 * so that the mode of the descriptor which other programs share stays as it is.
 */
function openWithoutWaiting(descriptor: 1 | 2): number | undefined {
  const kind = fstatSync(descriptor)
  const isPipe = kind.isFIFO()
  if (isPipe || kind.isCharacterDevice()) {
    try {
      const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = constants
      return openSync(`/proc/self/fd/${descriptor}`, O_WRONLY | O_NONBLOCK | O_NOCTTY)
    } catch {
      // Not Linux, or a terminal of another user.
    }
  }
  if (!kind.isSocket() && !isPipe) return undefined
  // A socket (systemd's journal) can't be opened again: making Node's own stream sets its mode, as in any program on Node.
  const stream = descriptor === 1 ? process.stdout : process.stderr
  return stream.writable ? descriptor : undefined
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EAGAIN'
}
