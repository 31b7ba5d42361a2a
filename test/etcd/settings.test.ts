/** What the client is told about a cluster: what is wrong is said in one sentence, which holds no secret. */
import { describe, expect, test } from 'vitest'
import { EtcdClient, type EtcdOptions } from '#src/etcd/client.js'
import { prefixEnd } from '#src/etcd/operations.js'
import { EtcdSettingsError } from '#src/etcd/settings.js'

/** The sentence with which the options are refused. */
async function refusal(options: EtcdOptions): Promise<string> {
  const error: unknown = await EtcdClient.connect(options).catch((thrown: unknown) => thrown)
  if (!(error instanceof EtcdSettingsError)) throw new Error('the options were taken')
  return error.message
}

describe('the settings of the etcd client', () => {
  test.each(['127.0.0.1:2379', 'http://[::1]:2379', 'etcd.example:2379', 'http://10.0.0.1:2379/'])(
    'an endpoint may be %s',
    async (endpoint) => {
      const client = await EtcdClient.connect({ endpoints: [endpoint] })
      expect(client.endpoints).toEqual([endpoint.replace(/^http:\/\//u, '').replace(/\/$/u, '')])
      expect(client.sinceContactMs).toBe(Infinity)
      await client.close()
    },
  )

  test.each(['127.0.0.1', 'ftp://127.0.0.1:2379', '127.0.0.1:0', '127.0.0.1:70000', 'http://host:2379/path', ''])(
    'an endpoint may not be %j',
    async (endpoint) => {
      expect(await refusal({ endpoints: [endpoint] })).toContain(`'${endpoint}' is no etcd endpoint`)
    },
  )

  test('an endpoint named twice is one', async () => {
    const client = await EtcdClient.connect({ endpoints: ['127.0.0.1:1', 'http://127.0.0.1:1'] })
    expect(client.endpoints).toEqual(['127.0.0.1:1'])
    await client.close()
  })

  test('a password in an endpoint is not repeated', async () => {
    expect(await refusal({ endpoints: ['http://desk:hunter2@host:2379'] })).not.toContain('hunter2')
  })

  test('what belongs together is given together', async () => {
    const endpoints = ['127.0.0.1:2379']
    expect(await refusal({ endpoints: [] })).toContain('No etcd endpoint')
    expect(await refusal({ endpoints, user: 'desk' })).toContain('password')
    expect(await refusal({ endpoints, cert: 'x' })).toContain('both or neither')
    expect(await refusal({ endpoints: ['http://127.0.0.1:1', 'https://127.0.0.1:2'] })).toContain('use one for all')
  })

  test('a certificate that is none is refused, and not shown', async () => {
    const endpoints = ['127.0.0.1:2379']
    expect(await refusal({ endpoints, ca: 'hunter2' })).toMatch(/authority \(etcd-ca\) can't be used/u)
    const sentence = await refusal({ endpoints, cert: 'hunter2', key: 'hunter2' })
    expect(sentence).toMatch(/client certificate \(etcd-cert\) can't be used/u)
    expect(sentence).not.toContain('hunter2')
  })
})

describe('the end of a prefix', () => {
  test('is the first key behind it', () => {
    expect(prefixEnd('/desk/').toString()).toBe('/desk0')
    expect(prefixEnd(Buffer.from([0x61, 0xff, 0xff]))).toEqual(Buffer.from([0x62]))
  })

  test('is that of all keys where there is none', () => {
    expect(prefixEnd('')).toEqual(Buffer.from([0]))
    expect(prefixEnd(Buffer.from([0xff]))).toEqual(Buffer.from([0]))
  })
})
