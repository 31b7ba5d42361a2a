/** How fast passwords may be tried, by a clock that the test sets. */
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { SignInPace } from '#src/http/sign-in-pace.js'

function opened() {
  const clock = { now: 1_000_000_000 }
  return { clock, pace: new SignInPace(() => clock.now) }
}

/** Tries until it has to wait; returns how often it might and how long it has to. */
function tries(pace: SignInPace, address: string, account: string, most = 1000): readonly [number, number] {
  for (let times = 0; times < most; times += 1) {
    const wait = pace.begin(address, account)
    if (wait > 0) return [times, wait]
  }
  return [most, 0]
}

test('nobody waits for a clock that was set back', () => {
  const machine = Date.now
  const pace = new SignInPace()
  for (let times = 0; times < 5; times += 1) pace.begin('192.0.2.1', 'ann')
  const setBack = vi.spyOn(Date, 'now').mockImplementation(() => machine() - 3_600_000)
  onTestFinished(() => setBack.mockRestore())
  expect(pace.begin('192.0.2.1', 'ben')).toBe(0)
  expect(pace.begin('192.0.2.1', 'ann')).toBeLessThanOrEqual(1000)
})

describe('whoever tries one account', () => {
  test('waits after five failures, twice as long after each more, and no longer than a quarter of an hour', () => {
    const { clock, pace } = opened()
    expect(tries(pace, '192.0.2.1', 'ada')).toEqual([5, 1000])
    const waits: number[] = []
    for (let wait = 1000; waits.length < 12; waits.push(wait)) {
      clock.now += wait
      expect(pace.begin('192.0.2.1', 'ada')).toBe(0)
      wait = pace.begin('192.0.2.1', 'ada')
    }
    expect(waits.slice(0, 4)).toEqual([2000, 4000, 8000, 16_000])
    expect(waits.at(-1)).toBe(15 * 60 * 1000)
  })

  test('is the same in whatever case the name is written, and wherever in its network it is', () => {
    const { pace } = opened()
    for (const [place, name] of ['ada', 'ADA', ' Ada ', 'aDa', 'ada'].entries()) {
      expect(pace.begin(`2001:db8:1:2::${place + 1}`, name)).toBe(0)
    }
    expect(pace.begin('2001:db8:1:2:ffff::9', 'ada')).toBe(1000)
  })

  test('begins anew with the right password, and an hour after the last failure', () => {
    const { clock, pace } = opened()
    tries(pace, '192.0.2.1', 'ada')
    clock.now += 1000
    expect(pace.begin('192.0.2.1', 'ada')).toBe(0)
    pace.succeeded('192.0.2.1', 'ada')
    expect(tries(pace, '192.0.2.1', 'ada')[0]).toBe(5)
    clock.now += 60 * 60 * 1000
    expect(tries(pace, '192.0.2.1', 'ada')[0]).toBe(5)
  })

  test('keeps nobody else out: from another address the account is as it was', () => {
    const { pace } = opened()
    for (let other = 0; other < 200; other += 1) tries(pace, `198.51.100.${other}`, 'ada')
    expect(pace.begin('192.0.2.1', 'ada')).toBe(0)
  })
})

test('an address has a budget for all accounts together, which comes back with time; who is right spends nothing', () => {
  const { clock, pace } = opened()
  for (let right = 0; right < 200; right += 1) {
    expect(pace.begin('192.0.2.1', `right ${right}`)).toBe(0)
    pace.succeeded('192.0.2.1', `right ${right}`)
  }
  for (let account = 0; account < 60; account += 1) expect(pace.begin('192.0.2.1', `account ${account}`)).toBe(0)
  expect(pace.begin('192.0.2.1', 'one more')).toBe(10_000)
  expect(pace.begin('192.0.2.2', 'one more')).toBe(0)
  clock.now += 10_000
  expect(pace.begin('192.0.2.1', 'one more')).toBe(0)
  expect(pace.begin('192.0.2.1', 'another')).toBe(10_000)
})

test('what it remembers is bounded: of 10,000 others the one that tried longest ago is forgotten, account and address', () => {
  const { pace } = opened()
  const address = '192.0.2.1'
  for (let account = 0; account < 55; account += 1) pace.begin(address, `account ${account}`)
  for (let failure = 0; failure < 5; failure += 1) pace.begin(address, 'ann')
  for (let place = 0; place < 10_000; place += 1) {
    // Ann has to wait a second, and all others for the address.
    expect([pace.begin(address, 'ann'), pace.begin(address, 'ben')]).toEqual([10_000, 10_000])
    pace.begin(`10.${place >> 8}.${place & 255}.1`, `account ${place}`)
  }
  expect([pace.begin(address, 'ann'), pace.begin(address, 'ben')]).toEqual([0, 0])
})
