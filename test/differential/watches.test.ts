/**
 * Watches at a real etcd and at etcdesk: the same watches are opened at both, the same writes follow, and both must have told
 * the same. Each scenario ends with writes that every watch of it sees, so one that was woken too early shows too.
 */
import { afterEach, expect, test } from 'vitest'
import { keyRequest, type Running } from '../support/keys-door.js'
import { waitUntil } from '../support/server.js'
import { besideEtcd } from './beside-etcd.js'
import { bodyDifferences, headerDifferences, type Pair } from './pair.js'

interface OpenWatch {
  readonly etcd: Running
  readonly etcdesk: Running
}

/** What is watched (path and query), what is written then, and how many events each watch gets. */
interface Scenario {
  readonly before?: readonly string[]
  readonly watches: readonly string[]
  readonly writes: readonly string[]
}

/** Writes: `METHOD path?query`; the query goes along as it is. Paths lie in the scenario's own directory. */
const scenarios: Readonly<Record<string, Scenario>> = {
  'a key, each kind of write': {
    watches: ['/a?wait=true&stream=true'],
    writes: [
      'PUT /a?value=1',
      'PUT /a?value=2',
      'PUT /a?value=3&prevExist=true',
      'PUT /a?value=4&prevValue=3',
      'DELETE /a?prevValue=4',
      'PUT /a?value=5&prevExist=false&noValueOnSuccess=true',
      'PUT /a?ttl=500&refresh=true&prevExist=true',
      'DELETE /a',
      'PUT /a?dir=true',
      'POST /a?value=6',
      'PUT /a/b?value=7',
      'PUT /a?prevExist=true&ttl=500',
      'DELETE /a?recursive=true',
      'PUT /a?value=end',
    ],
  },
  'a directory with all below': {
    watches: [
      '?wait=true&recursive=true&stream=true',
      '?wait=true&stream=true',
      '/d?wait=true&recursive=true&stream=true',
    ],
    writes: [
      'PUT /d/a?value=1',
      'PUT /da?value=2',
      'POST /d/q?value=3',
      'PUT /d/_h?value=4',
      'PUT /d/_h/x?value=4',
      'PUT /d/v/_h/x?value=4',
      'PUT /d/a?ttl=500&refresh=true',
      'DELETE /d/v?recursive=true',
      'PUT /d/none?value=1&prevExist=true',
      'DELETE /d?recursive=true',
      'PUT /d/end?value=end',
      'PUT ?dir=true&prevExist=true&ttl=900',
    ],
  },
  'hidden keys by their names': {
    watches: [
      '/_h?wait=true&stream=true',
      '/_h?wait=true&stream=true&recursive=true',
      '/_h/x/_y?wait=true&stream=true&recursive=true',
      '?wait=true&stream=true&recursive=true',
    ],
    writes: [
      'PUT /_h/x?value=1',
      'DELETE /_h?recursive=true',
      'PUT /_h/x/_y/z?value=2',
      'PUT /_h/x/_y/_z?value=3',
      'DELETE /_h/x?recursive=true',
      'PUT /_h/x/_y?value=end',
      'DELETE /_h?recursive=true',
      'PUT /_h?value=end',
      'PUT /end?value=end',
    ],
  },
  'keys below a directory that is removed': {
    before: ['PUT /d/e/f?value=1', 'PUT /d/e/g?value=2', 'PUT /d/h?value=3'],
    watches: [
      '/d/e/f?wait=true&stream=true',
      '/d/e/f?wait=true&stream=true&recursive=true',
      '/d/e?wait=true&stream=true',
      '/d?wait=true&stream=true',
      '/d?wait=true&stream=true&recursive=true',
      '/d/none?wait=true&stream=true',
      '/d/e/f/below?wait=true&stream=true',
      '?wait=true&stream=true&recursive=true',
      '/d/h?wait=true',
      '/d/none?wait=true',
    ],
    writes: [
      'DELETE /d/e/g',
      'DELETE /d?recursive=true',
      'DELETE /d?recursive=true',
      'PUT /d/none?value=1',
      'PUT /d/e/f?value=1',
      'DELETE /d/e/f',
      'DELETE /d?recursive=true',
      'PUT /d/e/f/below?value=end',
      'DELETE /d?recursive=true',
      'PUT /d/e/f?value=end',
      'DELETE /d/e/f',
      'PUT /d/none?value=end',
    ],
  },
  'an empty directory that is removed': {
    before: ['PUT /d?dir=true'],
    watches: ['/d?wait=true&stream=true', '/d/a?wait=true&stream=true', '/d?wait=true'],
    writes: [
      'DELETE /d?dir=true',
      'PUT /d/a?value=1',
      'DELETE /d/a',
      'DELETE /d?dir=true',
      'PUT /d/a?value=end',
      'DELETE /d?recursive=true',
    ],
  },
  'a file where a directory was, and back': {
    before: ['PUT /x?dir=true'],
    watches: ['/x/y?wait=true&stream=true', '/x?wait=true&stream=true&recursive=true'],
    writes: [
      'DELETE /x?dir=true',
      'PUT /x?value=1',
      'PUT /x?dir=true',
      'PUT /x/y?value=2',
      'DELETE /x?recursive=true',
      'PUT /x/y?value=end',
    ],
  },
  'names with odd characters': {
    watches: [
      '/%00a/b%01?wait=true&stream=true',
      '/%00a?wait=true&recursive=true&stream=true',
      '/%c3%a4%20%2f?wait=true',
    ],
    writes: [
      'PUT /%00a/b%01?value=1',
      'PUT /%00b?value=2',
      'DELETE /%00a?recursive=true',
      'PUT /%c3%a4%20?value=3',
      'PUT /%00a/b%01?value=end',
    ],
  },
  'an index to come': {
    watches: [
      '/a?wait=true&waitIndex={+3}',
      '/a?wait=true&waitIndex={+3}&stream=true',
      '/a?wait=true&waitIndex=18446744073709551615&stream=true',
      '/b?wait=true&waitIndex={+4}&recursive=true',
    ],
    writes: ['PUT /a?value=1', 'PUT /a?value=2', 'PUT /a?value=3', 'PUT /a?value=4', 'PUT /b/c?value=5'],
  },
  'an index that has passed with nothing since': {
    before: ['PUT /other?value=1', 'PUT /a?value=1', 'PUT /other?value=1', 'PUT /other?value=1'],
    watches: ['/a?wait=true&waitIndex={+3}&stream=true', '/a?wait=true&waitIndex={+3}', '/a?wait=true&waitIndex={+4}'],
    writes: ['PUT /a?value=2', 'PUT /a?value=end'],
  },
  'an index that has passed, as a stream': {
    before: ['PUT /a?value=1', 'PUT /a?value=2'],
    watches: ['/a?wait=true&waitIndex={+1}&stream=true', '/a?wait=true&waitIndex={+2}'],
    writes: ['PUT /a?value=3', 'DELETE /a'],
  },
  'keys that expire': {
    // All are to watch before it expires, also on a busy machine.
    before: ['PUT /f/x?value=1&ttl=3'],
    watches: [
      '/f/x?wait=true',
      '/f/x?wait=true&stream=true',
      '/f?wait=true&recursive=true&stream=true',
      '/f?wait=true&stream=true',
    ],
    writes: ['WAIT /f/x', 'PUT /f/x?value=end', 'DELETE /f?recursive=true'],
  },
  'a directory that expires': {
    // On a busy machine the three take longer than a second, and what comes behind its end makes another directory.
    before: ['PUT /d?dir=true&ttl=3', 'PUT /d/a?value=1', 'PUT /d/b/c?value=1'],
    watches: [
      '/d?wait=true&stream=true',
      '/d/a?wait=true&stream=true',
      '/d/b/c?wait=true&recursive=true',
      '/d/none?wait=true&stream=true',
    ],
    writes: ['WAIT /d', 'PUT /d/none?value=end', 'PUT /d/a?value=end', 'DELETE /d?recursive=true'],
  },
}

besideEtcd('a real etcd and etcdesk tell watchers the same', (beside) => {
  const open: OpenWatch[] = []
  afterEach(() => {
    for (const { etcd, etcdesk } of open.splice(0)) {
      etcd.cancel()
      etcdesk.cancel()
    }
  })

  test.each(Object.entries(scenarios))('about %s', async (name, { before = [], watches, writes }) => {
    const { pair } = beside
    const directory = pair.newDirectory(name)
    const index = await pair.index()
    for (const write of before) await perform(pair, directory, write)
    for (const watch of watches) open.push(await pair.open(keyRequest('GET', at(directory, index, watch))))
    for (const write of writes) await perform(pair, directory, write)
    await pair.index()
    const found: string[] = []
    const compare = async (): Promise<boolean> => {
      found.length = 0
      for (const [at, { etcd, etcdesk }] of open.entries()) {
        const [left, right] = await Promise.all([etcd.started, etcdesk.started])
        const differences = [
          ...headerDifferences(left.headers, right.headers),
          ...bodyDifferences(etcd.body(), etcdesk.body()),
        ]
        if (etcd.hasEnded() !== etcdesk.hasEnded())
          differences.push(`ended: ${etcd.hasEnded()} but ${etcdesk.hasEnded()}`)
        found.push(...differences.map((difference) => `${watches[at]}: ${difference}`))
      }
      return found.length === 0
    }
    await waitUntil(() => found.join('\n'), compare)
    // What both told is not empty: a watch that neither server woke would prove nothing.
    expect(open.some(({ etcd }) => etcd.body() !== '')).toBe(true)
  })
})

function at(directory: string, index: number, path: string): string {
  return directory + path.replaceAll(/\{\+(\d+)\}/gu, (_, more: string) => String(index + Number(more)))
}

/** Performs a write at both, or waits until a key is gone at both. */
async function perform(pair: Pair, directory: string, write: string): Promise<void> {
  const [method = '', path = ''] = write.split(' ')
  const asked = keyRequest(method === 'WAIT' ? 'GET' : method, directory + path)
  if (method !== 'WAIT') {
    await pair.send(asked)
    return
  }
  await waitUntil(`${path} to expire`, async () => {
    const { etcd, etcdesk } = await pair.send(asked)
    return etcd.status === 404 && etcdesk.status === 404
  })
}
