/** Trouble with the disk of a running process: strace answers its system calls in the kernel's place, or holds them up. */
import { startProgram, waitUntil } from './server.js'

/** What becomes of calls: `error` instead of being done, or `delay_exit` so many microseconds late. */
export type Trouble = `error=${string}` | `delay_exit=${number}`

export interface Tracing {
  /** Ends the trouble; the process goes on as before. */
  stop(): Promise<void>
}

/**
 * Gives trouble with these system calls to all threads of a process, from now on. Resolves once it has begun. Errors come at every call, or
 * at those of each thread that `when` says, as strace counts them: `3+5` is the third, and from there on each fifth.
 */
export async function giveTrouble(
  pid: number | undefined,
  calls: string,
  trouble: Trouble,
  when = '1+',
): Promise<Tracing> {
  const inject = trouble.startsWith('error') ? `${calls}:${trouble}:when=${when}` : `${calls}:${trouble}`
  const strace = startProgram([
    'strace',
    '-f',
    '-p',
    String(pid),
    '-o',
    '/dev/null',
    '-e',
    `trace=${calls}`,
    '-e',
    `inject=${inject}`,
  ])
  let hasEnded = false
  void strace.ended.then(() => (hasEnded = true))
  await waitUntil(
    () => `strace to have begun: ${strace.stderr()}`,
    () => {
      if (hasEnded) throw new Error(`strace ended: ${strace.stderr()}`)
      return /attached/u.test(strace.stderr())
    },
  )
  return {
    async stop() {
      strace.process.kill('SIGTERM')
      await strace.ended
    },
  }
}
