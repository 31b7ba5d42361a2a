/** What the program's exit code says. Nothing else in the command line names a number. */
export const exitCodes = {
  /** It did what it was asked to do. */
  success: 0,
  /** It could not do it: a sentence on stderr says why. */
  failure: 1,
  /** It was asked wrongly: an unknown verb or flag, a setting that can not be. */
  usage: 2,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** Ends a verb with a sentence for the person and a code for the script. */
export class CliError extends Error {
  override readonly name = 'CliError'
  readonly exitCode: ExitCode

  constructor(sentence: string, exitCode: ExitCode = exitCodes.failure, options?: ErrorOptions) {
    super(sentence, options)
    this.exitCode = exitCode
  }
}
