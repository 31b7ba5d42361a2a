#!/usr/bin/env node
/** Where the program `etcdesk` starts: the real arguments and the real terminal. */
import { runProgram } from './program.js'
import { processTerminal } from './terminal.js'

/** What is still open when a verb is done may take this long to close by itself. */
const lingerMs = 1000

process.exitCode = await runProgram(process.argv.slice(2), processTerminal())
// Whatever was forgotten open must not keep the program from ending.
setTimeout(() => process.exit(), lingerMs).unref()
