/**
 * The terminal as a value: what a verb may read and write. Verbs never touch `process`, so that a test can hand them a
 * terminal of its own. `processTerminal` is the real one.
 */
import { fstatSync, writeFileSync } from 'node:fs'
import { messageOf } from '../fault.js'
import { SteadyOutput } from '../server/steady-output.js'
import type { LineReader } from './lines.js'

export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Whether a person types the answers. */
  readonly isInteractive: boolean
  /** Columns of the screen, for wrapping help; undefined when nobody looks. */
  readonly columns: number | undefined
  /** Writes what was asked for (stdout). */
  write(text: string): void
  /** Writes to stdout without waiting for whoever reads it: a server must not stand still with its terminal. */
  tell(text: string): void
  /** Writes what went wrong or what is going on (stderr). */
  complain(text: string): void
  openLines(): Promise<LineReader>
}

export interface ProcessTerminal extends Terminal {
  /** Why something that was asked for could not be written to stdout, such as a full disk; a reader that has gone is none. */
  readonly failure: string | undefined
  /** Resolves once stdout has taken all that was written, or its reader has gone. However long that is: a pager waits for a person. */
  written(): Promise<void>
}

/** Whether a descriptor is a file: what Node writes to one ends without a word where there is room for its beginning alone. */
function isFile(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isFile()
  } catch {
    return false
  }
}

/** The terminal of this process. */
export function processTerminal(): ProcessTerminal {
  let failure: string | undefined
  // A reader that has gone (`etcdesk … | head`) is no reason to fail, let alone to stop a server.
  const gone = new AbortController()
  process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE') gone.abort()
    else failure ??= message
  })
  process.stderr.on('error', () => {})
  const writeWhole = (text: string): void => {
    try {
      writeFileSync(1, text)
    } catch (error) {
      failure ??= messageOf(error)
    }
  }
  const isInteractive = process.stdin.isTTY === true
  return {
    get failure() {
      return failure
    },
    env: process.env,
    isInteractive,
    columns: process.stdout.isTTY ? process.stdout.columns : undefined,
    write: (text) => {
      if (isFile(1)) writeWhole(text)
      else process.stdout.write(text)
    },
    written: async () => {
      if (process.stdout.writableLength === 0 || process.stdout.destroyed) return
      // An empty write is done when all before it is, and when none of it can be.
      await new Promise<void>((resolve) => process.stdout.write('', () => resolve()))
    },
    tell: (text) => new SteadyOutput(1).write(text),
    complain: (text) => void process.stderr.write(text),
    openLines: async () => {
      const { pipedLines, typedLines } = await import('./lines.js')
      return isInteractive && process.stdout.isTTY
        ? typedLines(process.stdin, process.stdout)
        : pipedLines(process.stdin, (text) => void process.stdout.write(text), gone.signal)
    },
  }
}
