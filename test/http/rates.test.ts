/** How many requests one may send, by a clock that the test sets. */
import { describe, expect, test } from 'vitest'
import { networkOf } from '#src/store/caller.js'
import { BURST_SECONDS, rateHeaders, Rates, type RateMet } from '#src/http/rates.js'

function opened(perCaller: number, ofNode = 0) {
  const clock = { now: 1_000_000 }
  return { clock, rates: new Rates({ perCaller, ofNode, now: () => clock.now }) }
}

/** Sends until it is past a limit; returns how often it might, and the limit. */
function sends(rates: Rates, address: string, user: number | null): readonly [number, RateMet | undefined] {
  for (let times = 0; times < 100_000; times += 1) {
    const met = rates.take(address, user)
    if (met !== undefined) return [times, met]
  }
  return [Infinity, undefined]
}

describe('a caller', () => {
  test('may send ten seconds’ worth at once, and then as many a second as the limit says', () => {
    const { clock, rates } = opened(20)
    expect(sends(rates, '192.0.2.1', 1)).toEqual([20 * BURST_SECONDS, { policy: 'caller', perSecond: 20, seconds: 1 }])
    clock.now += 1000
    expect(sends(rates, '192.0.2.1', 1)[0]).toBe(20)
    clock.now += 3_600_000
    expect(sends(rates, '192.0.2.1', 1)[0]).toBe(20 * BURST_SECONDS)
  })

  test('is a user wherever one asks from, and by whichever credential', () => {
    const { rates } = opened(10)
    sends(rates, '192.0.2.1', 1)
    expect(rates.take('192.0.2.2', 1)).toBeDefined()
    expect(rates.take('192.0.2.1', 2)).toBeUndefined()
  })

  test('is an address, of version 6 its network, where nobody is known', () => {
    const { rates } = opened(10)
    sends(rates, '2001:db8:1:2::1', null)
    expect(rates.take('2001:db8:1:2::2', null)).toBeDefined()
    expect(rates.take('2001:db8:1:3::1', null)).toBeUndefined()
  })

  test('of this machine is not limited', () => {
    const { rates } = opened(1, 1)
    for (const address of ['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1']) {
      expect(sends(rates, address, null)[0]).toBe(Infinity)
    }
  })

  test('is not limited where the limit is 0', () => {
    expect(sends(opened(0).rates, '192.0.2.1', 1)[0]).toBe(Infinity)
  })
})

test('a node has a limit for all together, and who is refused by it does not count', () => {
  const { rates } = opened(1000, 10)
  expect(sends(rates, '192.0.2.1', 1)[0]).toBe(100)
  expect(rates.take('192.0.2.2', 2)).toMatchObject({ policy: 'node', perSecond: 10 })
})

test('what is remembered is bounded: of 10,000 others the one that asked longest ago is forgotten', () => {
  const { rates } = opened(10)
  const first = '192.0.2.1'
  expect(sends(rates, first, null)[0]).toBe(100)
  for (let place = 0; place < 10_000; place += 1) {
    expect(rates.take(first, null)?.policy).toBe('caller')
    rates.take(`10.${place >> 8}.${place & 255}.1`, null)
  }
  expect(sends(rates, first, null)[0]).toBe(100)
})

test('a refusal says which limit it was, and when there is more', () => {
  expect(rateHeaders({ policy: 'caller', perSecond: 20, seconds: 3 })).toEqual([
    'Retry-After',
    '3',
    'RateLimit-Policy',
    '"caller";q=200;w=10',
    'RateLimit',
    '"caller";r=0;t=3',
  ])
})

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8::6', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['', ''],
])('the network of %s is %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})
