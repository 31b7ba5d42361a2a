/**
 * A store's reading thread that is none: it answers in the test's own thread, from a connection of its own. Loading the desk into
 * another thread takes longer than most tests; what the thread itself does is proved with whole servers and in `store/reading.test.ts`.
 */
import { EventEmitter } from 'node:events'
import { deskQuestions, DeskRoom } from '#src/http/desk-api/v1/finding/questions.js'
import type { Sizes } from '#src/search/index/bits.js'
import type { ReadingHandle } from '#src/store/options.js'
import type { QuestionMessage, ReadingThreadData } from '#src/store/reading-messages.js'
import { Answering } from '#src/store/reading-thread.js'

/** To be given as a store's `startReading`. */
export function readHere(data: ReadingThreadData, sizes?: Sizes): ReadingHandle {
  return new ReadingHere(data, sizes)
}

class ReadingHere extends EventEmitter implements ReadingHandle {
  readonly #open: () => Answering<DeskRoom>
  #answering: Answering<DeskRoom> | undefined

  constructor(data: ReadingThreadData, sizes: Sizes | undefined) {
    super()
    this.#open = () => new Answering(data, (database) => new DeskRoom(database, sizes), deskQuestions)
  }

  postMessage(message: QuestionMessage | 'close'): void {
    setImmediate(() => {
      if (message === 'close') {
        this.#answering?.close()
        this.emit('exit', 0)
        return
      }
      this.#answering ??= this.#open()
      this.emit('message', this.#answering.answer(message))
    })
  }

  terminate(): Promise<number> {
    return Promise.resolve(0)
  }

  unref(): void {}
}
