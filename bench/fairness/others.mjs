// @ts-check
/** The other clients of a server that somebody asks too much of: how long they wait meanwhile. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** The longest waits in milliseconds, and how many requests were not answered with a success. @typedef {{ readMs: number, writeMs: number, failed: number }} Waits */

/** @typedef {object} Others
 * @property {() => Promise<Waits>} waits what was the longest since it was last asked
 * @property {() => void} stop
 */

/** Starts them, in a process of their own. @param {{ deskUrl: string | undefined, keysUrl: string | undefined }} server @returns {Promise<Others>} */
export async function startOthers({ deskUrl = '', keysUrl = '' }) {
  const program = fileURLToPath(new URL('prober.mjs', import.meta.url))
  const child = spawn(process.execPath, [program, deskUrl, keysUrl], { stdio: ['pipe', 'pipe', 'inherit'] })
  const stop = () => void child.kill('SIGKILL')
  process.once('exit', stop)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  await next()
  return {
    waits: async () => {
      child.stdin.write('\n')
      return JSON.parse(await next())
    },
    stop,
  }

  async function next() {
    const { value, done } = await lines.next()
    if (done === true) throw new Error('the other clients have ended')
    return value
  }
}
