/** Every kind of request, put to a real etcd and to etcdesk one after another: the answers must be the same. */
import { expect, test } from 'vitest'
import { keyRequest, type KeysRequest } from '../support/keys-door.js'
import { besideEtcd } from './beside-etcd.js'
import { differences } from './pair.js'
import { topics } from './topics.js'

besideEtcd('a real etcd and etcdesk answer alike', (beside) => {
  test.each(Object.entries(topics))('about %s', async (topic, requests) => {
    const { pair } = beside
    const directory = pair.newDirectory(topic)
    const index = await pair.index()
    for (const asked of requests) {
      const request = resolve(asked, directory, index)
      const answers = await pair.send(request)
      const sorted = request.target.includes('sorted=true')
      expect({ request, differences: differences(answers, sorted) }).toEqual({ request, differences: [] })
    }
    await pair.index()
  })

  test('when the root is listed with all that is below', async () => {
    const answers = await beside.pair.send(keyRequest('GET', '/?recursive=true&sorted=true'))
    expect(differences(answers, true)).toEqual([])
  })
})

/** `{dir}` stands for the topic's own directory, `{+N}` for the index at its start plus N. */
function resolve(asked: KeysRequest, directory: string, index: number): KeysRequest {
  const fill = (text: string): string =>
    text.replaceAll('{dir}', directory).replaceAll(/\{\+(\d+)\}/gu, (_, more: string) => String(index + Number(more)))
  const { body } = asked
  return {
    ...asked,
    target: fill(asked.target),
    ...(typeof body === 'string' ? { body: fill(body) } : {}),
  }
}
