/** Debian's Patroni at its work with etcd v2: two members of a PostgreSQL cluster, which is not there, elect a leader. */
import { fileURLToPath } from 'node:url'
import { startProgram } from './server.js'

/** What it prints where all went as it should. */
export const ELECTION = [
  'initialize True False',
  'leader True False',
  'seen 7001 a a,b',
  'kept True',
  "config True {'ttl': 30}",
  'handed None True 7001 b a,b',
  'cleared True True',
]

/** Runs an election below `/app`, with user and password where `env` has them. */
export async function elect(
  keysUrl: string,
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const script = fileURLToPath(new URL('../system/fixtures/patroni-election.py', import.meta.url))
  const program = startProgram(['/usr/bin/python3', script, keysUrl], { env })
  await program.ended
  return { stdout: program.stdout().trim(), stderr: program.stderr() }
}
