/**
 * `/metrics` of a real desk: in the format of Prometheus, as a parser that nobody here wrote has it too; equal, metric by
 * metric, to the page for operators; and with the numbers that were to be counted.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDeskApi, type DeskDoor } from '#src/http/desk-api/desk-api.js'
import { DoorBook } from '#src/http/door-book.js'
import { metricsTable } from '#src/server/metrics-table.js'
import { openMetrics } from '#src/server/metrics.js'
import { ask, askJson } from '../support/desk-door.js'
import { follow } from '../support/events.js'
import { parseMetrics, valueOf, type Family } from '../support/metrics.js'
import { missing } from '../support/requirements.js'
import { waitUntil } from '../support/server.js'
import { repositoryRoot } from '../support/source.js'
import { sqliteTarget } from '../support/target.js'

let door: DeskDoor
let closeAll: () => Promise<void>
beforeAll(async () => {
  const { store, close } = await sqliteTarget.open({ historyEventsMax: 1000 })
  const book = new DoorBook()
  const metrics = openMetrics({
    version: '1.2.3',
    engine: 'sqlite',
    store,
    doors: [{ name: 'desk', book, connections: () => door.connections() }],
    room: { max: 440, closed: { idle: 1, watch: 2, slow: 3, new: 4, refused: 5 } },
    watchers: () => 7,
    events: () => door.eventFigures(),
    logLinesLost: () => 3,
  })
  door = await openDeskApi({
    store,
    version: '1.2.3',
    keysUrl: undefined,
    listen: { host: '127.0.0.1', port: 0 },
    cors: [],
    hostWhitelist: [],
    book,
    metrics,
  })
  closeAll = async () => {
    await door.close()
    await close()
  }
})
afterAll(() => closeAll())

async function scrape(): Promise<ReadonlyMap<string, Family>> {
  return parseMetrics((await ask(door, 'GET', '/metrics')).body)
}

describe('what is shown', () => {
  test('is what was asked, done and measured', async () => {
    for (const value of ['one', 'two', 'three']) await askJson(door, 'POST', '/tickets', { value })
    await askJson(door, 'PUT', '/tickets/99', { value: 'x' })
    await ask(door, 'GET', '/tickets/00000000000000000001')
    await ask(door, 'GET', '/tickets/2')
    await waitUntil('the writer to tell', async () => valueOf(await scrape(), 'etcdesk_commits_total') === 3)
    const metrics = await scrape()
    const requests = 'etcdesk_http_request_duration_seconds_count'
    const of = (method: string, route: string, status: string): Record<string, string> => {
      return { door: 'desk', method, route, status }
    }
    expect(valueOf(metrics, requests, of('POST', '/tickets', '201'))).toBe(3)
    expect(valueOf(metrics, requests, of('PUT', '/tickets/{id}', '404'))).toBe(1)
    expect(valueOf(metrics, requests, of('GET', '/tickets/{id}', '200'))).toBe(2)
    expect(valueOf(metrics, requests, of('GET', '/metrics', '200'))).toBeGreaterThan(0)
    expect(valueOf(metrics, 'etcdesk_commands_total', { outcome: 'done' })).toBe(3)
    expect(valueOf(metrics, 'etcdesk_commands_total', { outcome: 'refused' })).toBe(1)
    expect(valueOf(metrics, 'etcdesk_batch_commands_sum')).toBe(3)
    expect(valueOf(metrics, 'etcdesk_commit_duration_seconds_count')).toBe(3)
    expect(valueOf(metrics, 'etcdesk_head_index')).toBe(3)
    expect(valueOf(metrics, 'etcdesk_watchers')).toBe(7)
    expect(valueOf(metrics, 'etcdesk_log_lines_lost_total')).toBe(3)
    expect(valueOf(metrics, 'etcdesk_writable')).toBe(1)
    expect(valueOf(metrics, 'etcdesk_http_connections', { door: 'desk' })).toBeGreaterThan(0)
    expect(valueOf(metrics, 'etcdesk_http_connections_max')).toBe(440)
    expect(valueOf(metrics, 'etcdesk_http_connections_closed_total', { why: 'watch' })).toBe(2)
    expect(valueOf(metrics, 'etcdesk_build_info', { version: '1.2.3', store: 'sqlite' })).toBe(1)
    for (const name of ['replica_lag_indexes', 'replica_lag_seconds', 'contact_age_seconds', 'conflicts_total']) {
      expect([name, valueOf(metrics, `etcdesk_${name}`)]).toEqual([name, 0])
    }
    for (const thread of ['main', 'writer']) {
      await waitUntil(`a half second of ${thread}`, async () => {
        return valueOf(await scrape(), 'etcdesk_event_loop_delay_seconds_count', { thread }) > 0
      })
    }
  })

  test('is how many follow the events, and how many events they were sent', async () => {
    const figures = async () => {
      const metrics = await scrape()
      return ['event_listeners', 'events_sent_total'].map((name) => valueOf(metrics, `etcdesk_${name}`))
    }
    expect(await figures()).toEqual([0, 0])
    const streams = await Promise.all([follow(door), follow(door)])
    expect(await figures()).toEqual([2, 0])
    await askJson(door, 'POST', '/tickets', { value: 'four' })
    await Promise.all(streams.map((stream) => stream.until((events) => events.length === 1)))
    expect(await figures()).toEqual([2, 2])
    const wait = ask(door, 'GET', '/v1/events?wait=60', { headers: { Accept: 'application/json' } })
    await waitUntil('the page to be waited for', async () => (await figures())[0] === 3)
    for (const stream of streams) stream.close()
    await waitUntil('the streams to be gone', async () => (await figures())[0] === 1)
    await askJson(door, 'POST', '/tickets', { value: 'five' })
    await wait
    expect(await figures()).toEqual([0, 3])
  })

  test('comes under the content type of the format, and to nobody of another origin', async () => {
    const { status, headers } = await ask(door, 'GET', '/metrics')
    expect([status, headers['content-type']]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8'])
    expect((await ask(door, 'GET', '/metrics', { headers: { Origin: 'https://app.example' } })).status).toBe(403)
    expect((await ask(door, 'GET', '/metrics', { headers: { Host: 'evil.example' } })).status).toBe(403)
  })

  test('can be asked for by many at once', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(door, 'GET', '/metrics')))
    for (const { body } of answers) expect(parseMetrics(body).size).toBeGreaterThan(20)
  })

  test.skipIf(missing('python3-prometheus-client'))(
    "is read by Prometheus' own parser for Python as it is here",
    async () => {
      const { body } = await ask(door, 'GET', '/metrics')
      const script =
        'import sys, json; from prometheus_client.parser import text_string_to_metric_families as parse; ' +
        'print(json.dumps([[s.name, s.labels, str(s.value)] for f in parse(sys.stdin.read()) for s in f.samples]))'
      const { stdout, stderr } = spawnSync('/usr/bin/python3', ['-c', script], { input: body, encoding: 'utf8' })
      expect(stderr).toBe('')
      const theirs: [string, Record<string, string>, string][] = JSON.parse(stdout)
      const ours = [...parseMetrics(body).values()].flatMap(({ samples }) => samples)
      expect(theirs.map(([name, labels, value]) => [name, labels, Number(value.replace('inf', 'Infinity'))])).toEqual(
        ours.map(({ name, labels, value }) => [name, labels, value]),
      )
    },
  )
})

describe('each metric', () => {
  test('has a name as Prometheus wants it and a help that is a sentence', () => {
    for (const { name, type, help } of metricsTable) {
      expect(name).toMatch(/^etcdesk_[a-z]+(?:_[a-z]+)*$/u)
      expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter'])
      expect(help).toMatch(/^(?:[A-Z]|\d).*[^.]\.$/u)
    }
  })

  test('is in the page for operators, with its kind; and that page names none that is not there', async () => {
    const shown = [...(await scrape()).values()].map(({ name, type }) => `${name} ${type}`)
    const described = describedMetrics()
    expect(shown.filter((metric) => !described.includes(metric))).toEqual([])
    // What the library shows of the process is less on other systems.
    const expected = process.platform === 'linux' ? described : described.filter((name) => name.startsWith('etcdesk_'))
    expect(expected.filter((metric) => !shown.includes(metric))).toEqual([])
    expect(new Set(described).size).toBe(described.length)
  })
})

describe('each alarm of the page for operators', () => {
  const names = [...operating().matchAll(/^ {6}- alert: (\w+)$/gmu)].map(([, name]) => name)

  test('is explained there, and no other is', () => {
    const explained = [...operating().matchAll(/^\| `(Etcdesk\w+)` \|/gmu)].map(([, name]) => name)
    expect(explained).toEqual(names)
    expect(names.length).toBeGreaterThan(10)
  })

  test('asks for metrics that there are', () => {
    const rules = /^groups:\n[\s\S]*?^```$/mu.exec(operating())?.[0] ?? ''
    const asked = new Set([...rules.matchAll(/\b(?:etcdesk|process|nodejs)_\w+/gu)].map(([name]) => name))
    const there = describedMetrics().flatMap((metric) => {
      const [name = '', type] = metric.split(' ')
      return type === 'histogram' ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [name]
    })
    expect([...asked].filter((name) => !there.includes(name))).toEqual([])
    expect(asked.size).toBeGreaterThan(10)
  })
})

function operating(): string {
  return readFileSync(join(repositoryRoot, 'docs/OPERATING.md'), 'utf8')
}

/** The metrics of the page, as `name kind`. */
function describedMetrics(): string[] {
  const rows = [...operating().matchAll(/^\| (`[a-z_, `]+`) \| (counter|gauge|histogram) \|/gmu)]
  return rows.flatMap(([, names = '', kind = '']) => [...names.matchAll(/\w+/gu)].map(([name]) => `${name} ${kind}`))
}
