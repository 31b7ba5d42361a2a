/** etcd's own command-line client. Guard tests that run it with `describe.skipIf(missing('etcdctl'))`. */
import { execFileSync } from 'node:child_process'

/** Runs etcdctl on these members; returns what it printed. @throws with what it said where it fails */
export function etcdctl(endpoints: readonly string[], ...args: readonly string[]): string {
  const env = { ...process.env, ETCDCTL_API: '3' }
  return execFileSync('etcdctl', ['--endpoints', endpoints.join(','), ...args], {
    env,
    encoding: 'utf8',
    stdio: 'pipe',
  })
}
