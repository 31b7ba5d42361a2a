/** Stops a process in its tracks. SIGSTOP alone returns before it has its effect: on a busy machine threads run on for a while. */
import type { ChildProcess } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { waitUntil } from './server.js'

/** Resolves when no thread of the process runs any more. `SIGCONT` lets it go on. */
export async function standStill(running: ChildProcess): Promise<void> {
  running.kill('SIGSTOP')
  await waitUntil('the process to stand still', () => isHalted(running.pid))
}

function isHalted(pid: number | undefined): boolean {
  const tasks = `/proc/${pid}/task`
  if (!existsSync(tasks)) return true
  try {
    return readdirSync(tasks).every((thread) => /\) [TtZX] /u.test(readFileSync(`${tasks}/${thread}/stat`, 'utf8')))
  } catch {
    // A thread that ended between the two looks.
    return false
  }
}
