/**
 * A TCP proxy that does harm on request: cuts connections after a number of bytes, swallows answers, lets nothing through,
 * refuses. It stands between a client and an etcd member; what goes through it otherwise is not changed.
 */
import { connect, createServer, type Socket } from 'node:net'

export interface CuttingProxy {
  /** `HOST:PORT` for the client. */
  readonly endpoint: string
  /** Connections made through it so far. */
  readonly connections: number
  /** Bytes that came from the server on all connections and were passed on. */
  readonly received: number
  /** Bytes that clients sent and that were passed on. */
  readonly sent: number
  /**
   * Cuts each of the next connections after so many bytes from the server: the first number is for the next connection that
   * is made, and so on. Connections beyond the last number are not cut.
   */
  cutAfter(bytes: readonly number[]): void
  /** Resets all connections there are now. */
  cut(): void
  /** While on, what the server sends is swallowed. */
  dropReplies(on: boolean): void
  /** While on, nothing goes either way and connections hang. What was held back is lost. */
  blackhole(on: boolean): void
  /** While on, new connections are reset at once. */
  refuse(on: boolean): void
  /** Holds back each piece of data from the server by so many milliseconds. */
  delay(milliseconds: number): void
  /** Resets all connections and stops listening. */
  close(): Promise<void>
}

/** Starts a proxy on a free port. `target` is `HOST:PORT`. */
export async function startCuttingProxy(target: string): Promise<CuttingProxy> {
  const [host = '127.0.0.1', port = '0'] = target.split(':')
  const sockets = new Set<Socket>()
  const state = { dropsReplies: false, isBlackhole: false, refuses: false, delayMs: 0 }
  const count = { connections: 0, received: 0, sent: 0 }
  let cuts: number[] = []

  const server = createServer((client) => {
    if (state.refuses) {
      client.resetAndDestroy()
      return
    }
    count.connections++
    let left = cuts.shift() ?? Infinity
    const upstream = connect(Number(port), host)
    const reset = (): void => {
      client.resetAndDestroy()
      upstream.destroy()
    }
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true)
      sockets.add(socket)
      socket.on('error', reset).on('close', () => {
        sockets.delete(socket)
        reset()
      })
    }
    client.on('data', (data) => {
      if (state.isBlackhole) return
      count.sent += data.length
      upstream.write(data)
    })
    const pass = (data: Buffer): void => {
      if (client.destroyed) return
      const part = data.subarray(0, left)
      left -= part.length
      count.received += part.length
      if (left > 0) {
        // The client's slowness is the server's.
        if (!client.write(part)) upstream.pause()
        return
      }
      // What was sent before the cut arrives: a reset would overtake it.
      client.end(part)
      upstream.destroy()
    }
    client.on('drain', () => upstream.resume())
    upstream.on('data', (data) => {
      if (state.isBlackhole || state.dropsReplies) return
      if (state.delayMs === 0) pass(data)
      else setTimeout(pass, state.delayMs, data)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy()
  }
  return {
    endpoint: `127.0.0.1:${address.port}`,
    get connections() {
      return count.connections
    },
    get received() {
      return count.received
    },
    get sent() {
      return count.sent
    },
    cutAfter: (bytes) => (cuts = [...bytes]),
    cut,
    dropReplies: (on) => (state.dropsReplies = on),
    blackhole: (on) => (state.isBlackhole = on),
    refuse: (on) => (state.refuses = on),
    delay: (milliseconds) => (state.delayMs = milliseconds),
    async close() {
      state.refuses = true
      cut()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
