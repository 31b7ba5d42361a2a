/**
 * Random operations in random order, put to a real etcd and to etcdesk: every answer must be the same, and in the end both
 * trees, and what watchers were told. No short TTLs: the moment of an expiry is each server's own, and it takes an index.
 */
import fc from 'fast-check'
import { test } from 'vitest'
import { keyRequest, type KeysRequest, type Running } from '../support/keys-door.js'
import { waitUntil } from '../support/server.js'
import { besideEtcd } from './beside-etcd.js'
import { bodyDifferences, differences, headerDifferences, type Pair } from './pair.js'

const RUNS = 60
const RUNS_WITH_WATCHES = 40

/** How long both may take to tell: far less than all runs may take together, or what is never told would not be seen. */
const PATIENCE_MS = 20_000

const part = fc.constantFrom('a', 'b', 'ab', '_h', 'ä b')
const path = fc
  .array(part, { minLength: 1, maxLength: 3 })
  .map((parts) => `/${parts.map(encodeURIComponent).join('/')}`)
const value = fc.constantFrom('', '1', '2', 'three', '<&>', 'ü\u2028')
const boolean = fc.constantFrom('true', 'false', '1', 'F')

/** A modifiedIndex, so many before the newest. */
const recent = fc.integer({ min: 0, max: 6 }).map((back) => `{-${back}}`)

const parameters = fc.record(
  {
    value,
    dir: boolean,
    prevExist: boolean,
    prevValue: fc.constantFrom('1', '2', 'three', '<&>'),
    prevIndex: recent,
    ttl: fc.constantFrom('900', '10000', ''),
    refresh: fc.constantFrom('true', 'false'),
    noValueOnSuccess: boolean,
  },
  { requiredKeys: [] },
)

const write = fc
  .tuple(fc.constantFrom('PUT', 'PUT', 'PUT', 'POST'), path, parameters)
  .map(([method, at, form]) => ({ method, at, query: '', form: encode(form) }))
const removal = fc
  .tuple(
    path,
    fc.record({ recursive: boolean, dir: boolean, prevValue: value, prevIndex: recent }, { requiredKeys: [] }),
  )
  .map(([at, form]) => ({ method: 'DELETE', at, query: `?${encode(form)}`, form: undefined }))
const reading = fc
  .tuple(path, fc.constantFrom('', '?sorted=true', '?recursive=true', '?recursive=true&sorted=true', '?quorum=true'))
  .map(([at, query]) => ({ method: 'GET', at, query, form: undefined }))

const operation = fc.oneof(
  { weight: 5, arbitrary: write },
  { weight: 2, arbitrary: removal },
  { weight: 1, arbitrary: reading },
)
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never

const watch = fc.record({
  at: path,
  recursive: fc.boolean(),
  stream: fc.boolean(),
  /** Events before the start of the watch that are asked for too; none: from now on. */
  back: fc.option(fc.integer({ min: -3, max: 10 }), { nil: undefined }),
  /** Opened after so many operations. */
  after: fc.integer({ min: 0, max: 15 }),
})

besideEtcd('whatever is done in whatever order', (beside) => {
  test('etcd and etcdesk give the same answers and have the same tree', async () => {
    const { pair } = beside
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 5, maxLength: 40 }), async (operations) => {
        const directory = pair.newDirectory('random')
        for (const one of operations) await perform(pair, directory, one)
        await compareTrees(pair, directory)
      }),
      { numRuns: RUNS * beside.share, endOnFailure: false, interruptAfterTimeLimit: 60_000 },
    )
  })

  test('etcd and etcdesk tell watchers the same', async () => {
    const { pair } = beside
    await fc.assert(
      fc.asyncProperty(
        fc.array(operation, { minLength: 5, maxLength: 25 }),
        fc.array(watch, { minLength: 1, maxLength: 6 }),
        async (operations, watches) => {
          const directory = pair.newDirectory('watched')
          const open: { etcd: Running; etcdesk: Running }[] = []
          try {
            for (const [done, one] of operations.entries()) {
              for (const { at, recursive, stream, back } of watches.filter(({ after }) => after === done)) {
                const since = back === undefined ? '' : `&waitIndex=${(await pair.index()) - back}`
                const query = `?wait=true&recursive=${recursive}&stream=${stream}${since}`
                open.push(await pair.open(keyRequest('GET', directory + at + query)))
              }
              await perform(pair, directory, one)
            }
            await compareTrees(pair, directory)
            await compareWatches(open)
          } finally {
            for (const { etcd, etcdesk } of open) {
              etcd.cancel()
              etcdesk.cancel()
            }
          }
        },
      ),
      { numRuns: RUNS_WITH_WATCHES * beside.share, endOnFailure: false, interruptAfterTimeLimit: 90_000 },
    )
  })
})

function encode(form: Readonly<Record<string, string>>): string {
  return Object.entries(form)
    .map(([name, text]) => `${name}=${text.startsWith('{-') ? text : encodeURIComponent(text)}`)
    .join('&')
}

async function perform(pair: Pair, directory: string, { method, at, query, form }: Operation): Promise<void> {
  const index = await pair.index()
  const fill = (text: string): string =>
    text.replaceAll(/\{-(\d+)\}/gu, (_, back: string) => String(index - Number(back)))
  const asked: KeysRequest = keyRequest(
    method,
    directory + at + fill(query),
    form === undefined ? undefined : fill(form),
  )
  const found = differences(await pair.send(asked), asked.target.includes('sorted=true'))
  if (found.length > 0) throw new Error(`${method} ${asked.target} ${String(asked.body)}\n${found.join('\n')}`)
}

async function compareTrees(pair: Pair, directory: string): Promise<void> {
  const found = differences(await pair.send(keyRequest('GET', `${directory}?recursive=true&sorted=true`)), true)
  if (found.length > 0) throw new Error(`the trees differ:\n${found.join('\n')}`)
}

/** Waits until both sides have told all watchers the same; what etcd told last may still be on its way. */
async function compareWatches(open: readonly { etcd: Running; etcdesk: Running }[]): Promise<void> {
  let found: string[] = []
  await waitUntil(
    () => found.join('\n'),
    async () => {
      found = []
      for (const { etcd, etcdesk } of open) {
        const [left, right] = await Promise.all([etcd.started, etcdesk.started])
        found.push(...headerDifferences(left.headers, right.headers), ...bodyDifferences(etcd.body(), etcdesk.body()))
      }
      return found.length === 0
    },
    PATIENCE_MS,
  )
}
