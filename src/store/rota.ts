/**
 * Whose turn it is to write: keeps nodes that write at the same time out of each other's way. Only one of two commits that were made on the same head
 * is accepted, and the other's work was in vain; so a node that has just written lets the others have their turn before it
 * writes again. It knows them by their commits alone. All this is courtesy: whoever waits for somebody who has nothing to
 * write goes on after a moment, and what is right never depends on it.
 */
import { randomBytes } from 'node:crypto'

/** Characters at the beginning of a commit's id that are the same in all commits of one writer. */
const ID_CHARACTERS = 8

/** A node is waited for while it writes at least a fourth as often as one in turn would: not one that seldom writes. */
const SELDOM = 4

/** Who has not written for so long is not waited for, in milliseconds. */
const ACTIVE_MS = 1000

/** How long one turn of another node is waited for: so many times as long as a commit usually takes, within bounds in milliseconds. */
const PATIENCE = 3
const PATIENCE_MS_MIN = 5
const PATIENCE_MS_MAX = 250

/** Another node, as its commits show it. */
interface Other {
  /** When it last wrote, on performance's clock. */
  readonly at: number
  /** The numbers of its last two commits, counting all commits of all nodes that this one has seen. */
  readonly last: number
  readonly before: number
}

export class Rota {
  /** The beginning of the ids of this writer's commits. */
  readonly id = randomBytes(6).toString('base64url')
  readonly #others = new Map<string, Other>()
  #commits = 0
  /** The number of this node's last commit. */
  #own = 0
  #lastForeign = -Infinity
  #lastCommit = -Infinity
  /** How long one commit usually takes after another, in milliseconds. */
  #usual = PATIENCE_MS_MIN
  #wake = (): void => {}

  /** Whether no other node has written lately. */
  get isAlone(): boolean {
    return performance.now() - this.#lastForeign > ACTIVE_MS
  }

  /** Another node's commit has come in. */
  noteForeign(commitId: string): void {
    const node = commitId.slice(0, ID_CHARACTERS)
    const at = this.#noteCommit()
    this.#lastForeign = at
    this.#others.set(node, { at, last: this.#commits, before: this.#others.get(node)?.last ?? -Infinity })
    this.#wake()
  }

  /** This node's commit was accepted. */
  noteOwn(): void {
    this.#noteCommit()
    this.#own = this.#commits
  }

  /** Resolves when it is this node's turn, or when `signal` ends the waiting. */
  async ours(signal: AbortSignal): Promise<void> {
    for (let waitedFor = this.#waitedFor(); waitedFor.length > 0 && !signal.aborted; waitedFor = this.#waitedFor()) {
      // The more are to write before, the longer: where one has nothing to write, whoever is next goes on before the others.
      const hasCome = await this.#foreign(signal, waitedFor.length)
      if (!hasCome) for (const node of waitedFor) this.#others.delete(node)
    }
  }

  /** Nodes that write as much as this one and have not done so since it has. */
  #waitedFor(): string[] {
    if (this.#others.size === 0) return []
    const now = performance.now()
    const recent = this.#commits - SELDOM * (this.#others.size + 1)
    const waitedFor: string[] = []
    for (const [node, { at, last, before }] of this.#others) {
      if (now - at > ACTIVE_MS) this.#others.delete(node)
      else if (last < this.#own && before > recent) waitedFor.push(node)
    }
    return waitedFor
  }

  /** Waits for a commit of another node; false where none comes in the time for so many turns. */
  #foreign(signal: AbortSignal, turns: number): Promise<boolean> {
    const patience = Math.min(Math.max(this.#usual * PATIENCE, PATIENCE_MS_MIN), PATIENCE_MS_MAX)
    return new Promise((resolve) => {
      const end = (hasCome: boolean): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', stop)
        this.#wake = () => {}
        resolve(hasCome)
      }
      const stop = (): void => end(false)
      const timer = setTimeout(stop, patience * turns)
      signal.addEventListener('abort', stop)
      this.#wake = () => end(true)
    })
  }

  /** Counts a commit; returns the time. */
  #noteCommit(): number {
    const now = performance.now()
    const took = now - this.#lastCommit
    this.#lastCommit = now
    this.#commits += 1
    if (took < ACTIVE_MS) this.#usual += (took - this.#usual) / 8
    return now
  }
}
