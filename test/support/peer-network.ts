/**
 * The ways between the members of an etcd cluster, each of which can be cut in either direction: every member tells the others
 * the address of a proxy of its own. A member says in its requests who it is, so the proxy knows on whose way a connection lies;
 * raft's messages from one to the other run over connections that either of them made.
 */
import { connect, createServer, type Server, type Socket } from 'node:net'
import { Way, type Weather } from './way.js'

/** What one member sends to another in its first bytes. */
const SENDER = /^X-Server-From: ([0-9a-f]+)\r$/mu

/** Where the head of a request ends. */
const HEAD_END = '\r\n\r\n'

interface Link {
  readonly ends: readonly Socket[]
  /** Something was swallowed: what comes after it, either way, makes no sense any more. */
  isTorn: boolean
}

export class PeerNetwork {
  readonly #servers: Server[] = []
  readonly #links = new Set<Link>()
  readonly #names = new Map<string, string>()
  readonly #cuts = new Set<string>()
  readonly #weather: Weather = { delayMs: 0, spreadMs: 0, loss: 0 }
  readonly #random: () => number

  constructor(random = Math.random) {
    this.#random = random
  }

  /** Puts a proxy before a member's peer port; returns the `HOST:PORT` that it should tell the others. */
  async place(name: string, target: string): Promise<string> {
    const server = createServer((client) => this.#connect(client, name, target))
    this.#servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
    return `127.0.0.1:${address.port}`
  }

  /** Tells whose id this is. Ways to and from a member that is not known can't be cut. */
  know(id: string, name: string): void {
    this.#names.set(id, name)
  }

  /** From now on nothing that `from` sends reaches `to`, and both think that the way is there. */
  cut(from: string, to: string): void {
    this.#cuts.add(`${from} ${to}`)
  }

  /** Cuts a member off from others, both ways. */
  isolate(name: string, others: readonly string[]): void {
    for (const other of others) {
      this.cut(name, other)
      this.cut(other, name)
    }
  }

  /** Each piece takes so long, more or less by `spreadMs`, and this share is lost on the way. */
  worsen(weather: Weather): void {
    Object.assign(this.#weather, weather)
  }

  /** Everything gets through again, over new connections where something was swallowed. */
  heal(): void {
    this.#cuts.clear()
    this.worsen({ delayMs: 0, spreadMs: 0, loss: 0 })
    for (const link of this.#links) if (link.isTorn) for (const end of link.ends) end.resetAndDestroy()
  }

  async close(): Promise<void> {
    for (const { ends } of this.#links) for (const end of ends) end.resetAndDestroy()
    await Promise.all(this.#servers.map((server) => new Promise((resolve) => server.close(resolve))))
  }

  #connect(client: Socket, to: string, target: string): void {
    const [host = '', port = ''] = target.split(':')
    const upstream = connect(Number(port), host)
    const link: Link = { ends: [client, upstream], isTorn: false }
    this.#links.add(link)
    let from: string | undefined
    let head = ''
    // Members connect before anybody knows their ids.
    const pass = (data: Buffer, isForward: boolean): void => {
      const other = this.#names.get(from ?? '')
      if (this.#cuts.has(isForward ? `${other} ${to}` : `${to} ${other}`)) link.isTorn = true
      if (!link.isTorn) (isForward ? up : down).push(data)
    }
    const up = new Way((data) => upstream.write(data), this.#weather, this.#random)
    const down = new Way((data) => client.write(data), this.#weather, this.#random)
    const end = (): void => {
      this.#links.delete(link)
      up.close()
      down.close()
      client.destroy()
      upstream.destroy()
    }
    for (const socket of link.ends) socket.setNoDelay(true).on('error', end).on('close', end)
    client.on('data', (data) => {
      if (from === undefined) {
        head += data.toString('latin1')
        if (!head.includes(HEAD_END)) return
        from = SENDER.exec(head)?.[1] ?? ''
        pass(Buffer.from(head, 'latin1'), true)
      } else pass(data, true)
    })
    upstream.on('data', (data) => pass(data, false))
  }
}
