/**
 * Reading request bodies in bounded memory: each body up to its door's limit, and all large ones of the process together up to
 * a budget, so that many clients who send much at once (or slowly) can not fill the memory. Small bodies are never refused.
 */
import type { IncomingMessage } from 'node:http'

/** Why a body was not read. */
export type BodyProblem = 'too-large' | 'overloaded'

/** From here on a body counts as large, in bytes. */
const LARGE_BYTES = 64 * 1024

/** Bytes of large bodies held at once, of all doors: memory is the process's. */
const HELD_BYTES_MAX = 128 * 1024 * 1024

/** A body past a limit is still read, and thrown away, up to here, so that its sender comes to read the answer. */
const DISCARDED_BYTES_MAX = 64 * 1024 * 1024

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
  let chunks: Buffer[] = []
  let bytes = 0
  let held = 0
  let problem: BodyProblem | undefined
  let isDone = false
  const release = (): void => {
    chunks = []
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
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (problem === undefined) {
      chunks.push(chunk)
      if (bytes > bytesMax) refuse('too-large')
      else if (bytes > LARGE_BYTES) {
        heldBytes += bytes - held
        held = bytes
        if (heldBytes > HELD_BYTES_MAX) refuse('overloaded')
      }
    } else if (bytes > DISCARDED_BYTES_MAX) end(problem)
  })
  request.on('end', () => {
    if (problem === undefined) {
      const [first] = chunks
      end(chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks))
      release()
    } else end(problem)
  })
  request.on('error', release)
}
