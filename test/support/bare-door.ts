/** Doors without routes, as `openDoor` makes them, for tests of what lies below; they are closed when each test ends. */
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { afterEach } from 'vitest'
import { openDoor } from '#src/http/door.js'
import type { Door, DoorServerOptions } from '#src/http/door.js'

const open: Door[] = []
afterEach(async () => {
  for (const door of open.splice(0)) await door.close(0)
})

export async function openTestDoor(options: Partial<DoorServerOptions> = {}): Promise<Door> {
  const handler = (_request: IncomingMessage, response: ServerResponse): void => void response.end('hello')
  const door = await openDoor({ listen: { host: '127.0.0.1', port: 0 }, handler, ...options })
  open.push(door)
  return door
}

export async function connectTo(door: Door, allowHalfOpen = false): Promise<Socket> {
  const socket = connect({ port: door.address.port, host: door.address.host, allowHalfOpen })
  await once(socket, 'connect')
  socket.on('error', () => {})
  return socket
}
