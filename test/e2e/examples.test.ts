/** The examples run as they stand, against the program as it ships. */
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startProgram, startServer } from '../support/server.js'
import type { RunningServer } from '../support/server.js'

const firstKeys = fileURLToPath(new URL('../../examples/first-keys.mjs', import.meta.url))

describe('examples/first-keys.mjs', () => {
  let server: RunningServer
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(async () => {
    await server.stop()
  })

  test('puts a key twice and gets it, and prints each status and answer', async () => {
    const run = startProgram([process.execPath, firstKeys, server.keysUrl])
    expect((await run.ended).code).toBe(0)
    const [created, first, changed, second, read, last] = run.stdout().split('\n')
    expect([created, changed, read]).toEqual(['201', '200', '200'])
    const node = { key: '/requests', value: 'Learning to put keys', modifiedIndex: 1, createdIndex: 1 }
    const newNode = { key: '/requests', value: 'Learning to put keys again', modifiedIndex: 2, createdIndex: 2 }
    expect(JSON.parse(first ?? '')).toEqual({ action: 'set', node })
    expect(JSON.parse(second ?? '')).toEqual({ action: 'set', node: newNode, prevNode: node })
    expect(JSON.parse(last ?? '')).toEqual({ action: 'get', node: newNode })
  })
})

test('examples/first-keys.mjs says in a sentence that nothing is there', async () => {
  const run = startProgram([process.execPath, firstKeys, 'http://127.0.0.1:9'])
  expect((await run.ended).code).toBe(1)
  expect(run.stderr()).toBe('There is no key store at http://127.0.0.1:9. Start one with: npm start\n')
})
