/** Doors without routes, as `openDoor` makes them, for tests of what lies below; they are closed when each test ends. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { afterEach } from 'vitest'
import { openDoor } from '#src/http/door.js'
import type { Door, DoorServerOptions } from '#src/http/door.js'
import { dial, type Carrier } from './carrier.js'

const open: Door[] = []
afterEach(async () => {
  for (const door of open.splice(0)) await door.close(0)
})

const hello = (_request: IncomingMessage, response: ServerResponse): void => void response.end('hello')

export async function openTestDoor(options: Partial<DoorServerOptions> = {}): Promise<Door> {
  const door = await openDoor({ listen: { host: '127.0.0.1', port: 0 }, handler: hello, ...options })
  open.push(door)
  return door
}

/** Opens doors that are spoken to by this carrier. */
export function openerBy({ options: own }: Carrier): typeof openTestDoor {
  return (options) => openTestDoor({ ...own, ...options })
}

export async function connectTo(door: Door, allowHalfOpen = false): Promise<Socket> {
  const socket = await dial(door.url, { allowHalfOpen })
  socket.on('error', () => {})
  return socket
}
