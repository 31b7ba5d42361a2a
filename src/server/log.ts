/** The log: JSON lines on stderr about what failed or is slow, and at the level debug about each request. Written at once, so that the last words of a process are not lost. */
import { destination, pino, type Logger } from 'pino'
import type { LogLevel } from './setting-values.js'

export type { Logger }

export function openLog(level: LogLevel): Logger {
  return pino(
    { level, base: null, timestamp: () => `,"time":"${new Date().toISOString()}"` },
    destination({ dest: 2, sync: true }),
  )
}
