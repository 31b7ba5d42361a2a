/**
 * Lets a stream's messages in one by one. By itself gRPC reads sixteen messages ahead of whoever takes them, and a watch's
 * messages may be large: this way what is not asked for yet stays in the network, or at the member.
 */
import { InterceptingCall, type Interceptor } from '@grpc/grpc-js'

export class ReadGate {
  #mayRead = false
  #waiting: (() => void) | undefined

  /** What puts the gate into a call. */
  readonly interceptor: Interceptor = (options, nextCall) =>
    new GatedCall(nextCall(options), (read) => this.#pass(read))

  /** Lets one message in, now or when gRPC is ready to read it. */
  open(): void {
    const read = this.#waiting
    this.#waiting = undefined
    if (read === undefined) this.#mayRead = true
    else read()
  }

  #pass(read: () => void): void {
    if (!this.#mayRead) {
      this.#waiting = read
      return
    }
    this.#mayRead = false
    read()
  }
}

class GatedCall extends InterceptingCall {
  readonly #pass: (read: () => void) => void

  constructor(next: ConstructorParameters<typeof InterceptingCall>[0], pass: (read: () => void) => void) {
    super(next)
    this.#pass = pass
  }

  override startRead(): void {
    this.#pass(() => super.startRead())
  }
}
