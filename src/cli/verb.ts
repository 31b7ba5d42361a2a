/** What a verb is: how it describes itself, and what it does. */
import type { Command } from 'commander'
import type { ExitCode } from './exit-codes.js'
import type { Terminal } from './terminal.js'

/** What each file in verbs/ exports as `verb`. */
export interface Verb {
  /** Declares flags, arguments and help on the verb's command. */
  describe(command: Command): void
  /**
   * Does it. `options` are the flags that were given, by commander's names, `args` the words that are no flags. Throws a
   * CliError with a sentence where it can not.
   */
  run(options: Readonly<Record<string, unknown>>, terminal: Terminal, args: readonly string[]): Promise<ExitCode>
}
