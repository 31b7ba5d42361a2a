/** A start does not pay for what it may never need: gRPC waits for a `--store` that names an etcd, prom-client for somebody who asks. */
import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'

/** How many files of a library a process of its own has loaded after importing these files of the build. */
function filesLoaded(library: string, ...paths: string[]): number {
  const urls = paths.map((path) => new URL(`../../dist/${path}`, import.meta.url).href)
  const script = `
    for (const url of ${JSON.stringify(urls)}) await import(url)
    const { default: module } = await import('node:module')
    console.log(Object.keys(module._cache).filter((path) => path.includes(${JSON.stringify(library)})).length)`
  return Number(execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }))
}

const program = ['server/serve.js', 'http/desk-api/desk-api.js', 'store/thread.js', 'journal/open.js', 'desk.js']

test.each(['@grpc', 'prom-client'])('the server and the writer of a desk load nothing of %s', (library) => {
  expect(filesLoaded(library, ...program)).toBe(0)
})

test.each([
  ['@grpc', 'etcd/client.js'],
  ['prom-client', 'server/prometheus.js'],
])('%s is loaded by %s, so that the other test can see it', (library, path) => {
  expect(filesLoaded(library, path)).toBeGreaterThan(10)
})
