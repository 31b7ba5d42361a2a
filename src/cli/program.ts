/**
 * The command line as a function: arguments and a terminal in, an exit code out. Finds the verb, loads its file alone, lets
 * commander read the flags, and turns every failure into one sentence on stderr.
 */
import { Command, CommanderError } from 'commander'
import { programVersion } from '../server/version.js'
import { CliError, exitCodes, type ExitCode } from './exit-codes.js'
import type { Terminal } from './terminal.js'
import { verbs } from './verbs.js'
import { messageOf } from '../fault.js'

/** Runs `etcdesk ARGUMENTS`. Never rejects. */
export async function runProgram(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let exitCode: ExitCode = exitCodes.success
  const program = describeProgram(terminal)
  try {
    for (const entry of verbs) {
      const command = program
        .command(entry.name)
        .summary(entry.summary)
        .description(`${capitalised(entry.summary)}.`)
      // Only the verb that is asked for, or asked about, is loaded.
      if (!args.slice(0, 2).includes(entry.name)) continue
      const { verb } = await entry.load()
      verb.describe(command)
      command.action(async () => {
        exitCode = await verb.run(command.opts(), terminal, command.args)
      })
    }
    if (args.length === 0) {
      terminal.write(program.helpInformation())
      return exitCodes.success
    }
    // commander answers `help UNKNOWN` with help on everything; as a verb it is refused with a suggestion.
    const [first, second] = args
    const isUnknownHelp = first === 'help' && second !== undefined && !verbs.some(({ name }) => name === second)
    await program.parseAsync(isUnknownHelp ? [second] : args, { from: 'user' })
    return exitCode
  } catch (error) {
    const verb = verbs.find(({ name }) => name === args[0])
    return explain(error, terminal, verb === undefined ? 'etcdesk help' : `etcdesk help ${verb.name}`)
  }
}

function describeProgram(terminal: Terminal): Command {
  const program = new Command('etcdesk')
  program
    .description("A ticket desk on etcd: etcd's v2 keys API, a ticket API and a command line in one program.")
    .version(programVersion(), '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [VERB]', 'show what a verb does and its flags')
    .usage('VERB [flags]')
    .addHelpText('after', "\n'etcdesk help VERB' shows what a verb does and its flags.")
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .configureOutput({
      writeOut: (text) => terminal.write(text),
      // What is wrong is said once, as a sentence, by `explain`.
      writeErr: () => {},
      getOutHelpWidth: () => Math.min(terminal.columns ?? 100, 120),
      getOutHasColors: () => false,
    })
    .exitOverride()
    .enablePositionalOptions()
  return program
}

/** Says what went wrong and which exit code that is. `help` is the command that shows what would have been right. */
function explain(error: unknown, terminal: Terminal, help: string): ExitCode {
  if (error instanceof CommanderError) {
    // Help and version end commander's work as an "error" with code 0.
    if (error.exitCode === 0) return exitCodes.success
    terminal.complain(`etcdesk: ${bounded(usageSentence(error, help))}\n`)
    return exitCodes.usage
  }
  const message = messageOf(error)
  const sentence = /[.!?]$/u.test(message) ? message : `${message}.`
  terminal.complain(`etcdesk: ${bounded(sentence)}\n`)
  return error instanceof CliError ? error.exitCode : exitCodes.failure
}

/** commander's message, such as "error: unknown option '--lisen'\n(Did you mean --listen?)", as one sentence that says what to do. */
function usageSentence({ message }: CommanderError, help: string): string {
  const [what = '', suggestion] = message.replace(/^error: /u, '').split('\n')
  const [, meant] = /^\(Did you mean (.+)\?\)$/u.exec(suggestion ?? '') ?? []
  const problem = what.replace(/\. Expected .*$|\.$/u, '').replace('unknown command', 'unknown verb')
  return `${problem}: ${meant === undefined ? `see '${help}'` : `did you mean ${meant}?`}`
}

/** Characters of a sentence, whatever was typed that it repeats: what is wrong stands at its beginning, what to do at its end. */
const SENTENCE_CHARACTERS_MAX = 2000
const SENTENCE_END_CHARACTERS = 600

function bounded(sentence: string): string {
  if (sentence.length <= SENTENCE_CHARACTERS_MAX) return sentence
  const begin = sentence.slice(0, SENTENCE_CHARACTERS_MAX - SENTENCE_END_CHARACTERS)
  return `${begin} … ${sentence.slice(-SENTENCE_END_CHARACTERS)}`
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
