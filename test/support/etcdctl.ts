/** etcd's own command-line client. Guard tests that run it with `describe.skipIf(missing('etcdctl'))`. */
import { execFileSync } from 'node:child_process'

/** By itself it waits two seconds for a connection and five for an answer: less than a busy machine may take. */
const patience = ['--dial-timeout=60s', '--command-timeout=60s']

/** The same of its commands for v2, before the command. */
export const patienceOfV2 = ['--timeout', '60s', '--total-timeout', '60s'] as const

/** Runs etcdctl on these members; returns what it printed. @throws with what it said where it fails */
export function etcdctl(endpoints: readonly string[], ...args: readonly string[]): string {
  const env = { ...process.env, ETCDCTL_API: '3' }
  return execFileSync('etcdctl', [...patience, '--endpoints', endpoints.join(','), ...args], {
    env,
    encoding: 'utf8',
    stdio: 'pipe',
  })
}
