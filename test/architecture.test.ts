/**
 * How the house is built, as a test: imports run one way over the floors of ARCHITECTURE.md, and each library lives in one room.
 * A new folder or a new library is a decision: it is written down here, or this fails.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { circles, importsOf, repositoryRoot, sourceFiles, threadsOf, type SourceFile } from './support/source.js'

/**
 * Floors, top to bottom. A room may import from itself and from rooms further down, never further up. `sqlite` and `etcd`
 * stand side by side at the bottom: neither may import the other (`narrower`).
 */
const floors = [
  'cli',
  'server',
  'http',
  'desk.ts',
  'ledger',
  'search',
  'tickets',
  'catalogue',
  'access',
  'users',
  'names',
  'keytree',
  'store',
  'journal',
  'sqlite',
  'etcd',
  'measure',
  'contract',
  'fault.ts',
]

/** Rooms that may import less than their floor would allow. They, too, may import themselves. */
const narrower: Readonly<Record<string, readonly string[]>> = {
  // The command line reaches data through the client, as any program would; `server` is for verbs that work on the data itself.
  cli: ['server', 'client', 'contract', 'fault.ts'],
  client: ['contract'],
  contract: [],
  // What an error says is no business of one room.
  sqlite: ['fault.ts'],
  etcd: ['fault.ts'],
  measure: [],
}

/** Where each library may be imported. What is not here is not used by src. A name that ends in `/` is a folder. */
const homes: Readonly<Record<string, readonly string[]>> = {
  'node:sqlite': ['src/sqlite/'],
  '@photostructure/sqlite': ['src/sqlite/'],
  '@grpc/grpc-js': ['src/etcd/'],
  '@bufbuild/protobuf': ['src/etcd/generated/'],
  fastify: ['src/http/desk-api/', 'src/http/door.ts'],
  '@fastify/ajv-compiler': ['src/http/desk-api/'],
  '@fastify/swagger': ['src/http/desk-api/'],
  '@fastify/type-provider-typebox': ['src/http/desk-api/'],
  typebox: ['src/contract/', 'src/http/desk-api/'],
  commander: ['src/cli/'],
  pino: ['src/server/'],
  'prom-client': ['src/server/'],
}

const linesMax = 400

/** What a machine writes: the rules for people's files do not hold there. */
const isGenerated = (path: string): boolean => path.startsWith('src/etcd/generated/')

const src = sourceFiles('src')
const web = sourceFiles('web')
const everything = ['src', 'web', 'test', 'bench', 'examples', 'scripts', 'deploy']
  .flatMap(sourceFiles)
  .filter((file) => !isGenerated(file.path))

/** The room of a source file: the folder (or the one file) right below src. */
function roomOf(path: string): string {
  return path.split('/')[1] ?? ''
}

function mayImport(from: string, to: string): boolean {
  if (from === to) return true
  const allowed = narrower[from]
  if (allowed) return allowed.includes(to)
  const [above, below] = [floors.indexOf(from), floors.indexOf(to)]
  return above >= 0 && below > above
}

/** Imports that a rule forbids, as readable lines. */
function offences(isAllowed: (file: SourceFile, imported: string) => boolean, files = src): string[] {
  return files.flatMap((file) =>
    file.ours.filter((imported) => !isAllowed(file, imported)).map((imported) => `${file.path} imports ${imported}`),
  )
}

describe('rooms', () => {
  test('every folder of src is a room of the plan', () => {
    const rooms = new Set([...floors, ...Object.keys(narrower)])
    expect(src.map((file) => file.path).filter((path) => !rooms.has(roomOf(path)))).toEqual([])
  })

  test('imports run downwards, from floor to floor', () => {
    expect(offences((file, imported) => mayImport(roomOf(file.path), roomOf(imported)))).toEqual([])
  })

  test('no imports run in a circle, not even of types', () => {
    expect(circles(src)).toEqual([])
  })

  test('every import of ours ends in .js and leads to a source that is there', () => {
    const isThere = (_: SourceFile, imported: string): boolean => existsSync(join(repositoryRoot, imported))
    expect(offences(isThere, everything)).toEqual([])
  })

  test('the page knows the client and the contract alone; its views know their parts, those what is kept, and that nobody above', () => {
    const levels = ['web/words/', 'web/state/', 'web/parts/', 'web/views/']
    const levelOf = (path: string): number => levels.findIndex((level) => path.startsWith(level))
    const isAllowed = ({ path }: SourceFile, imported: string): boolean => {
      if (!imported.startsWith('web/')) return ['client', 'contract'].includes(roomOf(imported))
      // What stands in no level puts all together.
      return levelOf(path) === -1 || (levelOf(imported) !== -1 && levelOf(imported) <= levelOf(path))
    }
    expect(offences(isAllowed, web)).toEqual([])
  })

  test('no imports of the page run in a circle', () => {
    expect(circles(web)).toEqual([])
  })

  test('the two doors do not know each other', () => {
    const doors = ['src/http/keys-api/', 'src/http/desk-api/']
    const doorOf = (path: string): string | undefined => doors.find((door) => path.startsWith(door))
    const isAllowed = (file: SourceFile, imported: string): boolean => {
      const [from, to] = [doorOf(file.path), doorOf(imported)]
      return from === undefined || to === undefined || from === to
    }
    expect(offences(isAllowed)).toEqual([])
  })

  test('only journal/open.ts names an engine', () => {
    const engines = ['src/journal/sqlite.ts', 'src/journal/etcd/etcd-journal.ts']
    const isAllowed = (file: SourceFile, imported: string): boolean =>
      !engines.includes(imported) || file.path === 'src/journal/open.ts'
    expect(offences(isAllowed)).toEqual([])
  })

  test('only the journal over etcd, what opens it, and the etcd room itself speak with etcd', () => {
    const speakers = ['src/etcd/', 'src/journal/etcd', 'src/journal/open.ts']
    const isAllowed = (file: SourceFile, imported: string): boolean =>
      roomOf(imported) !== 'etcd' || speakers.some((speaker) => file.path.startsWith(speaker))
    expect(offences(isAllowed)).toEqual([])
  })

  test('the generated types stay in their room', () => {
    const isAllowed = (file: SourceFile, imported: string): boolean =>
      !isGenerated(imported) || roomOf(file.path) === 'etcd'
    expect(offences(isAllowed)).toEqual([])
  })

  test('only src and what belongs to it is imported from outside: tests import the build through #src', () => {
    const outside = ['test', 'bench', 'examples'].flatMap(sourceFiles)
    const reaching = outside.filter((file) =>
      importsOf(file.text).some((name) => /^\.\.?\/.*\b(?:src|dist)\//u.test(name)),
    )
    expect(reaching.map((file) => file.path)).toEqual([])
  })
})

describe('libraries', () => {
  const uses = src.flatMap((file) => file.packages.map((name) => ({ path: file.path, name })))
  const isInside = (path: string, home: string): boolean => (home.endsWith('/') ? path.startsWith(home) : path === home)

  test('each library is imported only where it lives', () => {
    const strays = uses
      .filter(({ name }) => name in homes || !name.startsWith('node:'))
      .filter(({ path, name }) => !(homes[name] ?? []).some((home) => isInside(path, home)))
    expect(strays).toEqual([])
  })

  test('what src imports is installed with the program, not only for its development', () => {
    const manifest: { dependencies: object; optionalDependencies: object } = JSON.parse(
      readFileSync(join(repositoryRoot, 'package.json'), 'utf8'),
    )
    const installed = { ...manifest.dependencies, ...manifest.optionalDependencies }
    expect(uses.filter(({ name }) => !name.startsWith('node:') && !(name in installed))).toEqual([])
  })

  test('the client and the contract know nothing of Node', () => {
    const browserRooms = uses.filter(({ path }) => ['client', 'contract'].includes(roomOf(path)))
    expect(browserRooms.filter(({ name }) => name.startsWith('node:'))).toEqual([])
  })

  test('the client has no dependency at all', () => {
    expect(uses.filter(({ path }) => roomOf(path) === 'client')).toEqual([])
  })
})

describe('files', () => {
  test('each opens with a comment that says what it is for', () => {
    const silent = everything.filter(
      (file) => !/^(?:#!.*\n)?(?:\/\/ @ts-check\n)?\s*(?:\/\*\*?|\/\/)\s*\S?/u.test(file.text),
    )
    expect(silent.map((file) => file.path)).toEqual([])
  })

  test(`none is longer than ${linesMax} lines`, () => {
    expect(everything.filter((file) => file.lines > linesMax).map((file) => `${file.path}: ${file.lines}`)).toEqual([])
  })

  test('file and folder names are kebab-case', () => {
    expect(everything.map((file) => file.path).filter((path) => !/^[a-z0-9][a-z0-9./-]*$/u.test(path))).toEqual([])
  })

  test('none names a path of the machine that it was written on', () => {
    const paths = /['"`\s(]\/(?:work|tmp|home|root|Users)\/[a-z]/u
    expect(everything.filter((file) => paths.test(file.text)).map((file) => file.path)).toEqual([])
  })
})

test('ARCHITECTURE.md names no file that is not there', () => {
  const text = readFileSync(join(repositoryRoot, 'ARCHITECTURE.md'), 'utf8')
  const named = [...text.matchAll(/`((?:[a-z0-9-]+\/)+[a-z0-9-]+\.ts)`/gu)].map(([, path = '']) => path)
  expect(named.length).toBeGreaterThan(20)
  const isThere = (path: string): boolean =>
    ['', 'src'].some((folder) => existsSync(join(repositoryRoot, folder, path)))
  expect(named.filter((path) => !isThere(path))).toEqual([])
})

describe('the reader of imports', () => {
  test('finds every form of import and none in a comment', () => {
    // NAME is filled in later, so that this file does not seem to import these itself.
    const forms = [
      "import { a,\n  b } from 'NAME'",
      "import type { c } from 'NAME'",
      "import 'NAME'",
      "export { d } from 'NAME'",
      "const e = await import('NAME')",
    ]
    const fill = (form: string, index: number): string => form.replace('NAME', `./file-${index}.js`)
    const comments = ["// import { g } from './never.js'", "/* import { h } from './never.js' */"]
    const text = [...comments, ...forms.map(fill)].join('\n')
    expect(importsOf(text).toSorted()).toEqual(forms.map((_, index) => `./file-${index}.js`))
  })

  test('finds the entry of a thread', () => {
    expect(threadsOf("new Worker(new URL('./one.js', import.meta.url))")).toEqual(['./one.js'])
  })

  test('finds a circle', () => {
    const file = (path: string, ours: string[]): SourceFile => ({ path, ours, text: '', lines: 0, packages: [] })
    expect(circles([file('a', ['b']), file('b', ['c']), file('c', ['b'])])).toEqual([['b', 'c', 'b']])
  })
})
