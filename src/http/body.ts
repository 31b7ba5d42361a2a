/**
 * Reading request bodies in bounded memory: each body up to its door's limit, and all large ones of the process together up to
 * a budget, so that many clients who send much at once (or slowly) can not fill the memory. Small bodies are never refused.
 *
 * What nobody wants to read is read and thrown away up to a limit, so that its sender comes to read the answer; then the
 * connection ends.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { restUntilNextTurn } from './pace.js'
import { endWaits } from './waits.js'

/** Why a body was not read. */
export type BodyProblem = 'too-large' | 'overloaded'

/** From here on a body counts as large, in bytes. */
const LARGE_BYTES = 64 * 1024

/** Bytes of large bodies held at once, of all doors: memory is the process's. */
const HELD_BYTES_MAX = 128 * 1024 * 1024

/** A body past a limit is still read, and thrown away, up to here, so that its sender comes to read the answer. */
const DISCARDED_BYTES_MAX = 64 * 1024 * 1024

/** How long a sender who is past that has for taking its answer, in milliseconds. */
const LINGER_MS = 500

/** How long a sender whose connection has ended may send nothing before it is closed for good, in milliseconds. */
const QUIET_MS = 2000

/** Pieces of a body that are taken in one go, be they ever so small. */
const PIECES_IN_A_TURN = 1000

/** From here on a piece of a body is kept as it came, in bytes. */
const LARGE_PIECE_BYTES = 4096

/** Smaller pieces are put together in blocks of this size. */
const BLOCK_BYTES = 64 * 1024

/** Pieces that are kept as they came, however small: nearly every body has fewer. */
const PIECES_AS_THEY_ARE = 16

let heldBytes = 0

/**
 * Counts a body among those that are held for as long as its request works with it; the answer is the function that ends
 * that. Small bodies count for nothing.
 */
export function holdBytes(bytes: number): () => void {
  const held = bytes > LARGE_BYTES ? bytes : 0
  heldBytes += held
  return () => (heldBytes -= held)
}

/**
 * Reads a body and calls `done` once with it, or with why not. Never calls it where the client goes away in the middle: nobody
 * would hear the answer.
 */
export function readBody(request: IncomingMessage, bytesMax: number, done: (body: Buffer | BodyProblem) => void): void {
  let pieces = new Pieces()
  let bytes = 0
  let held = 0
  let problem: BodyProblem | undefined
  let isDone = false
  const release = (): void => {
    pieces = new Pieces()
    heldBytes -= held
    held = 0
  }
  const refuse = (why: BodyProblem): void => {
    problem = why
    release()
  }
  const end = (body: Buffer | BodyProblem): void => {
    if (isDone) return
    isDone = true
    done(body)
  }
  request.on('data', (piece: Buffer) => {
    bytes += piece.length
    if (problem === undefined) {
      if (bytes > bytesMax) {
        refuse('too-large')
        return
      }
      pieces.add(piece)
      if (bytes > LARGE_BYTES) {
        heldBytes += bytes - held
        held = bytes
        if (heldBytes > HELD_BYTES_MAX) refuse('overloaded')
      }
    } else if (bytes > DISCARDED_BYTES_MAX) end(problem)
  })
  request.on('end', () => {
    if (problem === undefined) {
      end(pieces.whole())
      release()
    } else end(problem)
  })
  request.on('error', release)
}

/**
 * Waits for the end of a request whose body does not count, throwing it away. False where that is longer than anything is
 * thrown away for; never where the client goes away in the middle.
 */
export function wholeRequest(request: IncomingMessage): Promise<boolean> {
  return new Promise((resolve) => {
    if (request.complete) resolve(true)
    else readBody(request, 0, () => resolve(request.complete))
  })
}

/** Connections whose newest request may have been answered before its end had come. */
const answeredEarly = new WeakMap<Duplex, IncomingMessage>()

/** Whether the request that is coming in on a connection has had its answer. */
export function wasAnsweredEarly(connection: Duplex): boolean {
  return answeredEarly.get(connection)?.complete === false
}

/**
 * Holds a request to the limit on what is thrown away, once its handler has had it: whether that reads the body or not, answers
 * before its end or waits for something else. Costs nothing where the request has come to its end.
 */
export function boundBody(request: IncomingMessage, response: ServerResponse): void {
  if (request.complete) return
  const connection: Duplex = request.socket
  if (connection instanceof Socket) closeGently(connection, request)
  let bytes = 0
  let pieces = 0
  request.on('data', (piece: Buffer) => {
    bytes += piece.length
    if (++pieces % PIECES_IN_A_TURN === 0) restUntilNextTurn(connection)
    if (bytes <= DISCARDED_BYTES_MAX) return
    request.pause()
    endWaits(connection)
    if (response.writableFinished) linger(connection)
  })
  response.once('finish', () => {
    if (request.complete) return
    answeredEarly.set(connection, request)
    if (bytes > DISCARDED_BYTES_MAX) linger(connection)
  })
}

/**
 * Has a connection that ends behind the answer to a request closed only when the rest of that request has come. Node would close it
 * at once; the system answers what comes then by a reset, and a client that is still sending never gets to read its answer. Its
 * end of the connection is closed by the end of the request, by silence, or by the limits on bytes and time of every request.
 */
function closeGently(socket: Socket, request: IncomingMessage): void {
  const close = socket.destroySoon.bind(socket)
  socket.destroySoon = () => {
    socket.destroySoon = close
    if (request.complete) {
      close()
      return
    }
    socket.end()
    const quiet = setTimeout(() => socket.destroy(), QUIET_MS).unref()
    request.on('data', () => quiet.refresh())
    request.once('end', close)
    socket.once('close', () => clearTimeout(quiet))
  }
}

/** Ends a connection that is not read any more: cut at once it would lose the answer that is on its way. */
function linger(connection: Duplex): void {
  setTimeout(() => connection.destroy(), LINGER_MS).unref()
}

/** A body as it comes in. Each piece costs memory of its own, however short, so many short ones are put together. */
class Pieces {
  readonly #pieces: Buffer[] = []
  #block = Buffer.alloc(0)
  #used = 0

  add(piece: Buffer): void {
    if (piece.length >= LARGE_PIECE_BYTES || this.#pieces.length < PIECES_AS_THEY_ARE) {
      this.#closePart()
      this.#pieces.push(piece)
      return
    }
    if (this.#used + piece.length > this.#block.length) {
      this.#closePart()
      this.#block = Buffer.allocUnsafeSlow(BLOCK_BYTES)
      this.#used = 0
    }
    this.#used += piece.copy(this.#block, this.#used)
  }

  whole(): Buffer {
    this.#closePart()
    const [first] = this.#pieces
    return this.#pieces.length === 1 && first !== undefined ? first : Buffer.concat(this.#pieces)
  }

  /** What lies in the block becomes a piece; the rest of the block is used on. */
  #closePart(): void {
    if (this.#used === 0) return
    this.#pieces.push(this.#block.subarray(0, this.#used))
    this.#block = this.#block.subarray(this.#used)
    this.#used = 0
  }
}
