/** A desk on SQLite alone does not pay for gRPC: nothing of it is loaded until `--store` names an etcd. */
import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'

/** What a process of its own has loaded of gRPC after importing these files of the build. */
function grpcFilesAfter(...paths: string[]): string {
  const urls = paths.map((path) => new URL(`../../dist/${path}`, import.meta.url).href)
  const script = `
    for (const url of ${JSON.stringify(urls)}) await import(url)
    const { default: module } = await import('node:module')
    console.log(Object.keys(module._cache).filter((path) => path.includes('@grpc')).length)`
  return execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }).trim()
}

test('the server and the writer of a desk load nothing of gRPC', () => {
  expect(grpcFilesAfter('server/serve.js', 'store/thread.js', 'journal/open.js', 'commands.js')).toBe('0')
})

test('the client of etcd does, so that the other test can see it', () => {
  expect(Number(grpcFilesAfter('etcd/client.js'))).toBeGreaterThan(10)
})
