#!/usr/bin/env node
/** Where the program `etcdesk` starts: the real arguments and the real terminal. */
import { runProgram } from './program.js'
import { processTerminal } from './terminal.js'

/** What is still open when a verb is done may take this long to close by itself. */
const lingerMs = 1000

const terminal = processTerminal()
// Streams tell of what they could not write in a later turn, the last of it when all else is done.
process.once('exit', () => {
  if (terminal.failure === undefined) return
  terminal.complain(
    `etcdesk: stdout could not be written: ${terminal.failure}. What was done is done, but what it says is lost.\n`,
  )
  process.exitCode ||= 1
})
process.exitCode = await runProgram(process.argv.slice(2), terminal)
// A pipe takes what it has room for; the rest waits for its reader, and would be lost with the process.
await terminal.written()
// Whatever was forgotten open must not keep the program from ending.
setTimeout(() => process.exit(), lingerMs).unref()
