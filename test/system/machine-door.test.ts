/** The door for whoever sits at the machine, by itself: what crosses it, and for how long anybody waits at it. */
import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { askMachine, openMachineDoor } from '#src/server/machine-door.js'
import type { MachineAnswer } from '#src/server/machine-requests.js'
import { StoreError } from '#src/store/errors.js'
import { temporaryFolder } from '../support/folder.js'

const STORE = 'sqlite:desk.db'

/** A door behind which all requests are answered alike; its path. */
async function openDoor(answer: () => Promise<MachineAnswer>, faults: unknown[] = []): Promise<string> {
  const path = join(temporaryFolder(), 'desk.db.sock')
  const onFault = (error: unknown): void => void faults.push(error)
  const close = await openMachineDoor(path, { store: STORE, requests: { answer }, onFault })
  onTestFinished(close)
  return path
}

test('a desk of many users lists them all', async () => {
  const lines = Array.from({ length: 100_000 }, (_, number) => `user-${number}  member  Somebody of a long name`)
  const path = await openDoor(() => Promise.resolve({ lines }))
  expect(await askMachine(path, { store: STORE, request: { do: 'users' } })).toEqual({ lines })
})

test('a desk that stands still is not waited for for ever', async () => {
  const path = await openDoor(() => new Promise(() => {}))
  const asked = askMachine(path, { store: STORE, request: { do: 'users' } }, 50)
  await expect(asked).rejects.toThrow('The desk does not answer. Look whether it was done, then try again.')
})

test('what is asked is bounded', async () => {
  const path = await openDoor(() => Promise.resolve({ lines: [] }))
  const user = 'x'.repeat(1024 * 1024)
  const asked = askMachine(path, { store: STORE, request: { do: 'link', user } })
  await expect(asked).rejects.toThrow('This is more than can be asked at once.')
})

test('what the store can not do is told in its own words, and whether it may have been done', async () => {
  const faults: unknown[] = []
  const unknown = new StoreError('unknown-outcome')
  const path = await openDoor(() => Promise.reject(unknown), faults)
  const asked = askMachine(path, { store: STORE, request: { do: 'link', user: 'ann' } })
  await expect(asked).rejects.toThrow(unknown.message)
  expect(faults).toEqual([])
})

test('a fault of the program is in the log that the answer points to, and what is no request is none', async () => {
  const faults: unknown[] = []
  const fault = new Error('of the program')
  const path = await openDoor(() => Promise.reject(fault), faults)
  const asked = askMachine(path, { store: STORE, request: { do: 'users' } })
  await expect(asked).rejects.toThrow('The desk could not do it. See its log.')
  expect(faults).toEqual([fault])
  const socket = connect({ path, allowHalfOpen: true })
  socket.end('{"store":')
  expect(await text(socket)).toBe('{"refused":"This is nothing that can be asked here."}')
  expect(faults).toEqual([fault])
})
