/**
 * The two ways in which lines arrive: typed by a person on a terminal (with line editing, by Node's readline), or from a pipe
 * or file. No line is lost, however fast they come: those not yet asked for wait.
 */
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/** Asks questions and reads the answers, a line each. */
export interface LineReader {
  /**
   * Shows `prompt` and resolves with the next line, without its end; undefined once there are no more, or the person pressed
   * Ctrl-C. A last line without an end counts. Rejects with a plain sentence when a line is longer than 1 MiB.
   */
  ask(prompt: string): Promise<string | undefined>
  /** Aborts when the person presses Ctrl-C. */
  readonly interrupted: AbortSignal
  /** Lets go of the input, so that the program can end. */
  close(): void
}

/** Characters of one line at most; more is no answer to any question here. */
const lineLengthMax = 1024 * 1024

/**
 * Lines from a pipe. Split at line feeds alone: readline would also split at U+2028, which a title may hold. There are no more
 * once whoever reads the answers has `gone`: what is done then nobody would see.
 */
export function pipedLines(input: Readable, write: (text: string) => void, gone?: AbortSignal): LineReader {
  const interruption = new AbortController()
  const interrupt = (): void => interruption.abort()
  process.once('SIGINT', interrupt)
  const lines = splitLines(input)
  const end = AbortSignal.any([interruption.signal, ...(gone === undefined ? [] : [gone])])
  const ended = new Promise<undefined>((resolve) => {
    end.addEventListener('abort', () => resolve(undefined), { once: true })
  })
  return {
    interrupted: interruption.signal,
    async ask(prompt) {
      // The answer is not echoed, so that the prompt would run into what follows.
      write(`${prompt.trimEnd()}\n`)
      if (end.aborted) return undefined
      const next = lines.next().then(({ value }) => value ?? undefined)
      return Promise.race([next, ended])
    },
    close() {
      process.off('SIGINT', interrupt)
      input.destroy()
    },
  }
}

async function* splitLines(input: Readable): AsyncGenerator<string, undefined> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of input) {
    if (!(chunk instanceof Uint8Array)) continue
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = parts.pop() ?? ''
    for (const part of parts) yield withoutReturn(part)
    if (rest.length > lineLengthMax)
      throw new Error('A line of the input is longer than 1 MiB: give one answer a line.')
  }
  rest += decoder.decode()
  if (rest !== '') yield withoutReturn(rest)
  return undefined
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line
}

/** Lines typed on a terminal. What is typed or pasted ahead of a question answers it when it comes. */
export function typedLines(input: NodeJS.ReadStream, output: NodeJS.WriteStream): LineReader {
  const interruption = new AbortController()
  const reader = createInterface({ input, output, terminal: true, removeHistoryDuplicates: true })
  const ahead: string[] = []
  let answer: ((line: string | undefined) => void) | undefined
  let isClosed = false

  const settle = (line: string | undefined): void => {
    const waiting = answer
    answer = undefined
    waiting?.(line)
  }
  reader.on('line', (line) => {
    if (answer === undefined) ahead.push(line)
    else settle(line)
  })
  reader.on('SIGINT', () => {
    interruption.abort()
    reader.close()
  })
  reader.on('close', () => {
    isClosed = true
    // Ctrl-C and Ctrl-D leave the cursor behind the prompt: the shell's own prompt belongs on a line of its own.
    if (answer !== undefined) output.write('\n')
    settle(undefined)
  })
  return {
    interrupted: interruption.signal,
    async ask(prompt) {
      const line = ahead.shift()
      if (line !== undefined) {
        output.write(`${prompt}${line}\n`)
        return line
      }
      if (isClosed) return undefined
      return new Promise((resolve) => {
        answer = resolve
        reader.setPrompt(prompt)
        reader.prompt()
      })
    },
    close: () => reader.close(),
  }
}
