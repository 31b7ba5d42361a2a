/** A write at one node and, the moment that it is answered, a strong read at another: the read shows the write, or a later one. */
import { describe, expect, onTestFinished, test } from 'vitest'
import { extent } from '../faults/extent.js'
import { World } from '../faults/world.js'
import { temporaryFolder } from '../support/folder.js'
import { Client } from '../support/load.js'
import { missing } from '../support/requirements.js'

const PAIRS = extent({ short: 1000, long: 50_000 })
const CLIENTS = 12

describe.skipIf(missing('etcd'))('a strong read', () => {
  test('at one node is never older than what another has just answered', { timeout: 600_000 }, async () => {
    const world = await World.start({ folder: temporaryFolder() })
    onTestFinished(() => world.stop())
    const [one, two, three] = world.nodes.map(({ doors }) => doors)
    let pairs = 0
    const faults: string[] = []
    const race = async (client: number): Promise<void> => {
      const [writer, reader] = [new Client(), new Client()]
      const path = `/v2/keys/raced/${client}`
      for (let round = 1; pairs < PAIRS; round++) {
        // Now the one node writes, now the other, and a third is read from now and then.
        const [from, to] = round % 2 === 0 ? [one, two] : [two, round % 3 === 0 ? three : one]
        const value = `${client}-${round}`
        const written = await writer.form('PUT', `${from?.keysUrl}${path}`, { value })
        const index = Number(/"modifiedIndex":(\d+)/u.exec(written.body)?.[1])
        const read = await reader.get(`${to?.keysUrl}${path}?quorum=true`)
        // What a slow machine could not answer in time says nothing, and does not count.
        if (written.status >= 500 || read.status >= 500) continue
        pairs += 1
        // Nobody else writes this key.
        if (!read.body.includes(`"value":"${value}"`)) faults.push(`after ${value} at ${index} came ${read.body}`)
        const shown = Number(read.headers['x-etcd-index'])
        if (!(shown >= index)) faults.push(`after ${value} at ${index} the newest index was ${shown}`)
      }
      writer.close()
      reader.close()
    }
    await Promise.all(Array.from({ length: CLIENTS }, (_, client) => race(client)))
    expect(faults).toEqual([])
  })
})
