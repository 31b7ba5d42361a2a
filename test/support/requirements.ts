/**
 * The foreign parts that some tests use: a real etcd, its clients, a browser. Where one is missing its tests are skipped with a
 * sentence that says how to install it; in continuous integration (CI=true) they fail instead, so that nothing goes untested unseen.
 *
 * Use: `describe.skipIf(missing('etcd'))('…', …)`.
 */
import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'

/** Debian's, or the one on PATH. */
export const nginxProgram = existsSync('/usr/sbin/nginx') ? '/usr/sbin/nginx' : 'nginx'

/** Each part: the program that shows it is there, and the Debian package that brings it. */
const parts = {
  etcd: { program: 'etcd', debian: 'etcd-server' },
  etcdctl: { program: 'etcdctl', debian: 'etcd-client' },
  // Debian's own Python: another one, first on the PATH, does not see Debian's packages.
  'python3-etcd': { program: '/usr/bin/python3', debian: 'python3-etcd', check: ['-c', 'import etcd'] },
  'python3-prometheus-client': {
    program: '/usr/bin/python3',
    debian: 'python3-prometheus-client',
    check: ['-c', 'import prometheus_client'],
  },
  patroni: { program: '/usr/bin/python3', debian: 'patroni', check: ['-c', 'import patroni.dcs.etcd'] },
  openssl: { program: 'openssl', debian: 'openssl' },
  curl: { program: 'curl', debian: 'curl' },
  // Beside root's programs, where a user's PATH does not lead.
  nginx: { program: nginxProgram, debian: 'nginx-light', check: ['-v'] },
  script: { program: 'script', debian: 'bsdutils' },
  chromium: { program: 'chromium', debian: 'chromium' },
  // Where processes may not be traced (in some containers) it is as good as missing.
  strace: { program: 'strace', debian: 'strace', check: ['-qq', '-o', '/dev/null', 'true'] },
  faketime: { program: 'faketime', debian: 'faketime' },
  // Judges units without running as the machine's first process.
  'systemd-analyze': { program: 'systemd-analyze', debian: 'systemd' },
  tmpfs: { program: 'mount', debian: 'mount (and root)', check: ['--version'], needsRoot: true },
} satisfies Record<string, { program: string; debian: string; check?: string[]; needsRoot?: boolean }>

export type Part = keyof typeof parts

/** The full path of a program on PATH, or undefined. A full path stays what it is. */
export function findProgram(name: string): string | undefined {
  const folders = isAbsolute(name) ? [''] : (process.env['PATH'] ?? '').split(delimiter)
  return folders
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}

const answers = new Map<Part, boolean>()

function isThere(name: Part): boolean {
  const known = answers.get(name)
  if (known !== undefined) return known
  const part: { program: string; check?: string[]; needsRoot?: boolean } = parts[name]
  const answer =
    findProgram(part.program) !== undefined &&
    (part.check === undefined || spawnSync(part.program, part.check, { stdio: 'ignore' }).status === 0) &&
    (part.needsRoot !== true || process.getuid?.() === 0)
  answers.set(name, answer)
  return answer
}

/**
 * Whether a part that the tests need is missing, to be handed to `describe.skipIf` or `test.skipIf`.
 * Says so once on stderr. With CI=true it throws instead, which fails the test file.
 */
export function missing(...names: Part[]): boolean {
  const absent = names.filter((name) => !isThere(name))
  if (absent.length === 0) return false
  const packages = absent.map((name) => parts[name].debian).join(' ')
  const sentence = `${absent.join(', ')} is missing: install it with 'apt-get install ${packages}'`
  if (process.env['CI'] === 'true') throw new Error(sentence)
  process.stderr.write(`skipped: ${sentence}\n`)
  return true
}
