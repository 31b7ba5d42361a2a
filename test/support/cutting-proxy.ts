/**
 * A TCP proxy that does harm on request: cuts connections after a number of bytes or messages, swallows answers, lets nothing
 * through, keeps back, refuses, delays, loses. It stands between a client and an etcd member; what goes through it otherwise is not changed.
 */
import { connect, createServer, type Socket } from 'node:net'
import { GrpcMessages } from './grpc-messages.js'
import { Way, type Weather } from './way.js'

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
  /** The same after so many gRPC messages, right behind the last byte of the last one. */
  cutAfterMessages(messages: readonly number[]): void
  /** Resets all connections there are now. */
  cut(): void
  /** The server is gone from all connections there are now, and the client is not told: they stand half open. */
  halfOpen(): void
  /** While on, what the server sends is swallowed. */
  dropReplies(on: boolean): void
  /** While on, nothing goes either way and connections hang. What was held back is lost. */
  blackhole(on: boolean): void
  /**
   * While on, what clients send is kept back. Their connections stay open to the server, also where the client goes: it can't take back
   * what it has sent.
   */
  hold(on: boolean): void
  /** What was kept back arrives, as late as this. */
  release(): void
  /** While on, new connections are reset at once. */
  refuse(on: boolean): void
  /** Holds back each piece of data from the server by so many milliseconds, more or less by as much as `spreadMs`. */
  delay(milliseconds: number, spreadMs?: number): void
  /** Loses this share of the pieces, from 0 to 1, each way. They come late, as over a bad network. */
  lose(share: number): void
  /** Resets all connections and stops listening. */
  close(): Promise<void>
}

/** When a connection is to be cut. */
type Cut = { readonly bytes: number } | { readonly messages: number }

/** Starts a proxy on a free port. `target` is `HOST:PORT`; what is left to chance comes from `random`. */
export async function startCuttingProxy(target: string, random = Math.random): Promise<CuttingProxy> {
  const [host = '127.0.0.1', port = '0'] = target.split(':')
  const sockets = new Set<Socket>()
  const upstreams = new Set<Socket>()
  const state = { dropsReplies: false, isBlackhole: false, refuses: false, holds: false }
  const held = new Map<Socket, Buffer[]>()
  const fromServer: Weather = { delayMs: 0, spreadMs: 0, loss: 0 }
  const fromClient: Weather = { delayMs: 0, spreadMs: 0, loss: 0 }
  const count = { connections: 0, received: 0, sent: 0 }
  const halfOpened = new WeakSet<Socket>()
  let cuts: Cut[] = []

  const server = createServer((client) => {
    if (state.refuses) {
      client.resetAndDestroy()
      return
    }
    count.connections++
    const partOf = cutter(cuts.shift())
    const upstream = connect(Number(port), host)
    upstreams.add(upstream)
    const up = new Way((data) => upstream.write(data), fromClient, random)
    const down = new Way((data) => pass(data), fromServer, random)
    const reset = (): void => {
      up.close()
      down.close()
      upstreams.delete(upstream)
      if (!held.has(upstream)) upstream.destroy()
      if (!halfOpened.has(upstream) && !client.writableEnded) client.resetAndDestroy()
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
      if (state.isBlackhole || upstream.destroyed) return
      if (state.holds) {
        held.set(upstream, [...(held.get(upstream) ?? []), data])
        return
      }
      count.sent += data.length
      up.push(data)
    })
    const pass = (data: Buffer): void => {
      if (client.destroyed) return
      const part = partOf(data)
      count.received += (part ?? data).length
      if (part === undefined) {
        // The client's slowness is the server's.
        if (!client.write(data)) upstream.pause()
        return
      }
      // What was sent before the cut arrives: a reset would overtake it.
      client.end(part)
      upstream.destroy()
    }
    client.on('drain', () => upstream.resume())
    upstream.on('data', (data) => {
      if (!state.isBlackhole && !state.dropsReplies) down.push(data)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  const cut = (): void => {
    for (const socket of sockets) if (!held.has(socket)) socket.resetAndDestroy()
  }
  const release = (): void => {
    for (const [upstream, pieces] of held) for (const piece of pieces) upstream.write(piece)
    held.clear()
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
    cutAfter: (bytes) => (cuts = bytes.map((each) => ({ bytes: each }))),
    cutAfterMessages: (messages) => (cuts = messages.map((each) => ({ messages: each }))),
    cut,
    halfOpen() {
      for (const upstream of upstreams) {
        halfOpened.add(upstream)
        upstream.destroy()
      }
    },
    dropReplies: (on) => (state.dropsReplies = on),
    blackhole: (on) => (state.isBlackhole = on),
    hold: (on) => (state.holds = on),
    release,
    refuse: (on) => (state.refuses = on),
    delay: (delayMs, spreadMs = 0) => Object.assign(fromServer, { delayMs, spreadMs }),
    lose(loss) {
      fromServer.loss = loss
      fromClient.loss = loss
    },
    async close() {
      state.refuses = true
      held.clear()
      cut()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** What is still passed of each piece: undefined for all of it, and the end of the connection is behind anything else. */
function cutter(cut: Cut | undefined): (data: Buffer) => Buffer | undefined {
  if (cut === undefined) return () => undefined
  if ('messages' in cut) {
    const messages = new GrpcMessages()
    return (data) => {
      const end = messages.endOf(cut.messages, data)
      return end === undefined ? undefined : data.subarray(0, end)
    }
  }
  let left = cut.bytes
  return (data) => {
    left -= data.length
    return left > 0 ? undefined : data.subarray(0, data.length + left)
  }
}
