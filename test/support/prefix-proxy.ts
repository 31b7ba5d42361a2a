/** A proxy that has a server below a path of its own, as a reverse proxy may: what comes under the prefix is passed on without it. */
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface PrefixProxy {
  /** Where the server is found through it, with a slash at its end. */
  readonly url: string
  /** Paths that were asked for beside the prefix: nothing of the server's is there. */
  readonly strays: readonly string[]
  close(): Promise<void>
}

export async function startPrefixProxy(target: string, prefix: string): Promise<PrefixProxy> {
  const strays: string[] = []
  const server = createServer((incoming, answer) => {
    const path = incoming.url ?? '/'
    if (!path.startsWith(prefix)) {
      strays.push(path)
      answer.writeHead(404).end()
      return
    }
    const { method = 'GET', headers } = incoming
    const outgoing = request(new URL(`/${path.slice(prefix.length)}`, target), { method, headers }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.rawHeaders)
      response.pipe(answer)
    })
    outgoing.on('error', () => answer.destroy())
    answer.on('close', () => outgoing.destroy())
    incoming.pipe(outgoing)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port }: Pick<AddressInfo, 'port'> = Object(server.address())
  return {
    url: `http://127.0.0.1:${port}${prefix}`,
    strays,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
