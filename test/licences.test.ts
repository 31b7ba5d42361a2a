/** Everything that etcdesk brings to a user's machine may be used, changed and passed on freely. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { repositoryRoot } from './support/source.js'

interface LockedPackage {
  readonly license?: string
  readonly dev?: boolean
}

const permissive = new Set([
  'MIT',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'Zlib',
])
/** Licences that bind only whoever changes the tool itself, which is fine for what is used in development alone. */
const fineForTools = new Set([...permissive, 'MPL-2.0', 'CC-BY-4.0', 'Python-2.0', 'Unlicense'])

/** Packages that state their licence in a form too old for npm: read in their own files. */
const statedElsewhere: Readonly<Record<string, string>> = {
  // package.json: "licenses": [{ "type": "BSD" }], with the text of BSD-3-Clause in LICENSE
  'node_modules/node-etcd': 'BSD-3-Clause',
}

/** Whether a licence expression (`MIT`, `(MIT OR CC0-1.0)`, `MIT AND ISC`) can be met with the given licences. */
function isMetBy(expression: string | undefined, licences: ReadonlySet<string>): boolean {
  if (expression === undefined) return false
  const plain = expression.replaceAll(/[()]/gu, '')
  return plain.split(' OR ').some((choice) => choice.split(' AND ').every((licence) => licences.has(licence.trim())))
}

const lock: { packages: Record<string, LockedPackage> } = JSON.parse(
  readFileSync(join(repositoryRoot, 'package-lock.json'), 'utf8'),
)
const packages = Object.entries(lock.packages)
  .filter(([path]) => path !== '')
  .map(([path, locked]): [string, LockedPackage] => [path, { license: statedElsewhere[path] ?? '', ...locked }])

function namesOf(entries: [string, LockedPackage][]): string[] {
  return entries.map(([path, { license }]) => `${path}: ${license}`)
}

describe('licences', () => {
  test('what is installed with the program is permissively licensed', () => {
    const shipped = packages.filter(([, { dev }]) => dev !== true)
    expect(shipped.length).toBeGreaterThan(10)
    expect(namesOf(shipped.filter(([, { license }]) => !isMetBy(license, permissive)))).toEqual([])
  })

  test('what is only used in development is freely licensed', () => {
    expect(namesOf(packages.filter(([, { license }]) => !isMetBy(license, fineForTools)))).toEqual([])
  })

  test('what is copied into the build brings its licence and its notice along', () => {
    for (const name of ['LICENSE', 'NOTICE']) {
      expect(existsSync(join(repositoryRoot, 'dist/http/desk-api/docs', name))).toBe(true)
    }
  })

  test('the licence of the program itself is the one that package.json names', () => {
    const manifest: { license: string } = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8'))
    expect(manifest.license).toBe('MIT')
    expect(readFileSync(join(repositoryRoot, 'LICENSE'), 'utf8')).toMatch(/^MIT License/u)
  })
})
