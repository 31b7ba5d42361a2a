/**
 * Starts the real program, `etcdesk serve`, as a process of its own on free ports, for tests that need what ships.
 *
 * Use: `const server = await startServer()`, then `server.deskUrl`, `server.keysUrl`; `await server.stop()` at the end.
 * Its data lies in a new temporary folder, which `stop()` removes; name `dataDirectory` to keep the folder and start again on it.
 */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The program as it was built. */
export const programPath = fileURLToPath(new URL('../../dist/program/main.js', import.meta.url))

/** What `etcdesk serve` says when it is ready. */
const readyLine = /is ready: desk at (\S+), keys API (?:at (\S+)|off), data in (.+)$/m

/** How a process ended. */
export interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A running process whose output is kept. */
export interface RunningProgram {
  readonly process: ChildProcessWithoutNullStreams
  readonly stdout: () => string
  readonly stderr: () => string
  /** Resolves when the process has ended and all its output is read. */
  readonly ended: Promise<Ending>
}

export interface RunningServer extends RunningProgram {
  /** Base URL of the desk, without a slash at the end. */
  readonly deskUrl: string
  /** Base URL of the keys API, without a slash at the end; empty when it is off. */
  readonly keysUrl: string
  readonly dataDirectory: string
  /** SIGTERM, waits for the end, and removes the data folder if `startServer` made it. Does nothing more when called again. */
  stop(): Promise<Ending>
  /** Ends the process as a power cut would (SIGKILL) and waits for its end. The data folder stays. */
  kill9(): Promise<void>
  /** Removes the data folder, whoever made it. */
  removeData(): void
}

export interface StartOptions {
  /** More arguments for `etcdesk serve`; they win over the defaults (free ports, the data folder). */
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** What to start instead of the built program: a command that runs it. */
  readonly command?: readonly string[]
  readonly dataDirectory?: string
  /** Working folder of the process. */
  readonly cwd?: string
  /** How long the server may take until it is ready. */
  readonly deadlineMs?: number
}

const running = new Set<ChildProcessWithoutNullStreams>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** The environment without any ETCDESK_… variable of whoever runs the tests. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('ETCDESK_')))
}

/** Starts any program and keeps what it prints. A test that fails leaves no process behind: it ends with the tests' own. */
export function startProgram(
  command: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string } = {},
): RunningProgram {
  const [file = '', ...args] = command
  const child = spawn(file, args, { cwd: options.cwd, env: { ...cleanEnvironment(), ...options.env } })
  running.add(child)
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  // A program that ends early does not read its input to the end; that is no fault of the test.
  child.stdin.on('error', () => {})
  const ended = new Promise<Ending>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      running.delete(child)
      resolve({ code, signal })
    })
  })
  return { process: child, stdout: () => stdout, stderr: () => stderr, ended }
}

/** Starts `etcdesk ARGUMENTS`. */
export function startEtcdesk(
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string } = {},
): RunningProgram {
  return startProgram([process.execPath, programPath, ...args], options)
}

/** Runs `etcdesk ARGUMENTS` to its end, with `input` on its stdin. */
export async function runEtcdesk(
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string; readonly input?: string } = {},
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const program = startEtcdesk(args, options)
  program.process.stdin.end(options.input ?? '')
  const { code } = await program.ended
  return { code, stdout: program.stdout(), stderr: program.stderr() }
}

/** How long is waited at most, in milliseconds: only who waits in vain waits so long, and a busy machine is no fault. */
export const WAIT_MS = 60_000

/**
 * Waits until `condition` is true, looking again every few milliseconds; where it has to ask somebody (it returns a promise) the less
 * often the longer it lasts, since a request takes the processor from what is waited for. What is seen at once may be gone the next
 * moment, or a process to be killed in the middle be through. @throws with `what` when the deadline passes
 */
export async function waitUntil(
  what: string | (() => string),
  condition: () => boolean | Promise<boolean>,
  deadlineMs = WAIT_MS,
): Promise<void> {
  const begin = Date.now()
  for (;;) {
    const seen = condition()
    if (await seen) return
    const waitedMs = Date.now() - begin
    if (waitedMs > deadlineMs) throw new Error(`waited in vain: ${typeof what === 'string' ? what : what()}`)
    const restMs = typeof seen === 'boolean' ? 5 : Math.min(5 + waitedMs / 20, 100)
    await new Promise((resolve) => setTimeout(resolve, restMs))
  }
}

/** Starts `etcdesk serve` and waits until it is ready. @throws with what it said when it ends or takes too long instead */
export async function startServer(options: StartOptions = {}): Promise<RunningServer> {
  const dataDirectory = options.dataDirectory ?? mkdtempSync(join(tmpdir(), 'etcdesk-server-'))
  const removeData = (): void => rmSync(dataDirectory, { recursive: true, force: true })
  const given = options.args ?? []
  const defaults: [flag: string, value: string][] = [
    ['--listen', '127.0.0.1:0'],
    ['--keys-listen', '127.0.0.1:0'],
    ['--data', dataDirectory],
  ]
  const args = ['serve', ...defaults.filter(([flag]) => !given.includes(flag)).flat(), ...given]
  const program = startProgram([...(options.command ?? [process.execPath, programPath]), ...args], options)
  const child = program.process
  let ending: Ending | undefined
  void program.ended.then((how) => (ending = how))

  const failure = (): string =>
    `etcdesk ${args.join(' ')}: ${JSON.stringify(ending)} ${program.stdout()}${program.stderr()}`
  try {
    await waitUntil(
      failure,
      () => {
        if (ending !== undefined) throw new Error(failure())
        return readyLine.test(program.stdout())
      },
      options.deadlineMs,
    )
  } catch (error) {
    child.kill('SIGKILL')
    if (options.dataDirectory === undefined) removeData()
    throw error
  }
  const [, deskUrl = '', keysUrl = ''] = readyLine.exec(program.stdout()) ?? []
  return {
    ...program,
    deskUrl,
    keysUrl,
    dataDirectory,
    removeData,
    async stop() {
      if (ending === undefined) child.kill('SIGTERM')
      const how = await program.ended
      if (options.dataDirectory === undefined) removeData()
      return how
    },
    async kill9() {
      child.kill('SIGKILL')
      await program.ended
    },
  }
}
