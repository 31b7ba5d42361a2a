/** What etcd is like to this node: how long its answers take, how its requests end, and how much room it says it has. */
import type { EtcdClient, ObservedCall } from '../../etcd/client.js'
import { Distribution, SECONDS } from '../../measure/distribution.js'
import type { JournalFigures, RequestFigures } from '../journal.js'

/** How often etcd is asked for its room, in milliseconds. */
const LOOK_MS = 5000

/** Requests that ended alike. */
interface Kind {
  readonly method: string
  readonly outcome: string
  readonly times: Distribution
}

export class EtcdFigures {
  readonly #kinds = new Map<string, Kind>()
  #room: JournalFigures['room']
  #timer: NodeJS.Timeout | undefined

  /** Notes an attempt at a request. */
  observe({ method, outcome, milliseconds }: ObservedCall): void {
    const name = `${method} ${outcome}`
    let kind = this.#kinds.get(name)
    if (kind === undefined) {
      kind = { method, outcome, times: new Distribution(SECONDS) }
      this.#kinds.set(name, kind)
    }
    kind.times.note(milliseconds / 1000)
  }

  requests(): readonly RequestFigures[] {
    const kinds = [...this.#kinds.values()]
    return kinds.map(({ method, outcome, times }) => ({ method, outcome, times: times.data() }))
  }

  /** The room as the member in use last said it. */
  get room(): JournalFigures['room'] {
    return this.#room
  }

  /** Asks for the room now and then, until `close`, or until etcd says that this is none of our business. */
  lookAtRoom(client: Pick<EtcdClient, 'status'>): void {
    const look = async (): Promise<void> => {
      const status = await client.status()
      // Whose user may not know it is not asked again and again.
      if (status.type === 'refused' && status.reason === 'auth') this.close()
      if (status.type !== 'ok') return
      const { dbSize, dbSizeInUse, errors } = status.value
      // Every alarm of the cluster stands there, in words such as `memberID:123 alarm:NOSPACE`.
      const isUsedUp = errors.some((error) => error.includes('NOSPACE'))
      this.#room = { bytes: Number(dbSize), bytesInUse: Number(dbSizeInUse), isUsedUp }
    }
    this.#timer = setInterval(() => void look(), LOOK_MS)
    this.#timer.unref()
    void look()
  }

  close(): void {
    clearInterval(this.#timer)
  }
}
