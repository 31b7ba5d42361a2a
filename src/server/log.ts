/**
 * The log: JSON lines on stderr about what failed or is slow, and at the level debug about each request. Each is written at
 * once where that is possible, and the log never holds up the program: a reader that stands still, or a full disk, costs lines.
 */
import { levels, pino, type Logger } from 'pino'
import type { LogLevel } from './setting-values.js'
import { SteadyOutput } from './steady-output.js'

export type { Logger }

export interface OpenLog {
  readonly log: Logger
  /** Where its lines go; whatever else is to be said on stderr goes there too. */
  readonly output: SteadyOutput
}

export function openLog(level: LogLevel): OpenLog {
  const output = new SteadyOutput(2, noteOfLost)
  return { log: pino({ level, base: null, timestamp: () => `,"time":"${now()}"` }, output), output }
}

function noteOfLost(linesLost: number): string {
  const note = { level: levels.values['warn'], time: now(), linesLost, msg: 'lines of this log could not be written' }
  return `${JSON.stringify(note)}\n`
}

function now(): string {
  return new Date().toISOString()
}
