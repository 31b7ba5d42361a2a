/**
 * How the desk's commands refuse: one of the contract's codes, a sentence, and each fault of the request with its place. It crosses
 * the thread as a CommandError does.
 */
import { deskErrors, type ErrorCode } from '../contract/errors.js'
import { CommandError } from '../store/errors.js'

/** What is wrong, and where in the body: a JSON pointer. */
export interface BodyFault {
  readonly pointer: string
  readonly detail: string
}

/** A command refused by one of the desk's rules. */
export class DeskRefusal extends CommandError {
  override readonly name = 'DeskRefusal'

  constructor(
    code: ErrorCode,
    message: string = deskErrors[code].sentence,
    faults: readonly BodyFault[] = [],
    more: Readonly<Record<string, string | number>> = {},
  ) {
    super(code, message, { ...more, ...(faults.length > 0 && { faults: JSON.stringify(faults) }) })
  }

  /** The same refusal with other faults. */
  static like(
    { code, message }: CommandError,
    faults: readonly BodyFault[],
    more: Readonly<Record<string, string | number>>,
  ): CommandError {
    return new CommandError(code, message, { ...more, faults: JSON.stringify(faults) })
  }
}

/** The faults that a refusal carries. */
export function faultsOf({ details }: CommandError): BodyFault[] {
  const { faults } = details
  if (typeof faults !== 'string') return []
  const list: BodyFault[] = JSON.parse(faults)
  return list
}

/** Collects what is wrong with a request, so that all of it is told at once. */
export class Faults {
  readonly #faults: BodyFault[] = []
  #code: ErrorCode | undefined

  /** Notes a fault; the first one's code is that of the refusal. */
  add(code: ErrorCode, pointer: string, detail: string): void {
    this.#code ??= code
    this.#faults.push({ pointer, detail })
  }

  get isEmpty(): boolean {
    return this.#code === undefined
  }

  /** Throws what was found. */
  refuse(): void {
    const [first, ...others] = this.#faults
    if (this.#code === undefined || first === undefined) return
    const more =
      others.length === 0
        ? ''
        : ` 'errors' names ${others.length === 1 ? 'one more fault' : `${others.length} more faults`}.`
    throw new DeskRefusal(this.#code, `${first.detail}${more}`, this.#faults)
  }
}

/** A place one step further down. */
export function below(pointer: string, member: string | number): string {
  return `${pointer}/${String(member).replaceAll('~', '~0').replaceAll('/', '~1')}`
}
