/** Whoever follows the desk for the tabs of a browser goes on trying for as long as it is away. */
import { createServer, type Server } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { Follower, type FeedNote } from '../../web/state/feed.js'

/** So many requests find nobody: more than a client makes before it gives up what never stood. */
const IN_VAIN = 6

/** Where the server answers, until the test ends. */
async function served(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
}

test('a desk that is away when it is asked first is heard once it is back', async () => {
  let requests = 0
  const server = createServer((request, response) => {
    requests++
    if (requests <= IN_VAIN) return void request.socket.destroy()
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('id: 7\n\n')
  })
  const url = await served(server)
  const notes: FeedNote[] = []
  await new Promise<void>((resolve) => {
    const follower = new Follower(
      url,
      (note) => {
        notes.push(note)
        if (note.type === 'live') resolve()
      },
      5,
    )
    follower.start()
  })
  const types = new Set(notes.map(({ type }) => type))
  expect(types).toEqual(new Set(['lost', 'live']))
  const [first, second] = notes
  // It is away since the first of them.
  expect(first?.type === 'lost' && second?.type === 'lost' && first.since === second.since).toBe(true)
})

test('what the desk refuses is not tried again', async () => {
  let requests = 0
  const server = createServer((_request, response) => {
    requests++
    response.writeHead(401, { 'content-type': 'application/problem+json' })
    response.end(JSON.stringify({ status: 401, code: 'unauthorized', detail: 'Sign in.' }))
  })
  const url = await served(server)
  const note = await new Promise<FeedNote>((resolve) => new Follower(url, resolve, 5).start())
  expect(note).toEqual({ type: 'refused', status: 401 })
  expect(requests).toBe(1)
})

test('what a proxy answers in the place of the desk ends nothing', async () => {
  const answers = [
    { status: 404, type: 'text/html' },
    { status: 403, type: 'text/plain' },
    { status: 200, type: 'text/html' },
  ]
  const server = createServer((_request, response) => {
    const answer = answers.shift()
    response.writeHead(answer?.status ?? 200, { 'content-type': answer?.type ?? 'text/event-stream' })
    if (answer === undefined) response.write('id: 7\n\n')
    else response.end('Back soon')
  })
  const url = await served(server)
  const types: string[] = []
  await new Promise<void>((resolve) => {
    const follower = new Follower(
      url,
      ({ type }) => {
        types.push(type)
        if (type === 'live' || type === 'refused') resolve()
        // Nobody waits for the next try.
        else setTimeout(() => follower.tryNow())
      },
      5,
    )
    follower.start()
  })
  expect(types).toEqual(['lost', 'lost', 'lost', 'live'])
})
