// @ts-check
/**
 * Packs the client on its own, as the package `etcdesk-client`: the built client, what it uses of the contract, types that need no
 * library, and its guide. Without any dependency.
 *
 *     node scripts/pack-client.mjs [FOLDER for the archive]
 */
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, posix, relative, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { declarationOf } from './shapes.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const dist = join(root, 'dist')
const entry = 'client/client'
const name = 'etcdesk-client'
/** Where the contract's shapes are, as plain types. */
const shapes = 'contract/shapes.d.ts'

/** What a built file imports of ours, as paths below dist without their endings. @param {string} path */
function importsOf(path) {
  const text = readFileSync(join(dist, path), 'utf8')
  return [...text.matchAll(/(?:from|import)\s*\(?['"](\.[^'"]+)\.js['"]/gu)].map(([, to = '']) =>
    posix.join(posix.dirname(path), to),
  )
}

/** Whether a declaration can't be understood without the schemas' library. @param {string} path */
function needsLibrary(path) {
  return /from ['"]typebox['"]/u.test(readFileSync(join(dist, path), 'utf8'))
}

/** All files that the entry leads to. @param {'.js' | '.d.ts'} ending @returns {string[]} */
function filesFrom(ending) {
  const found = new Set([entry + ending])
  for (const file of found) {
    if (ending === '.d.ts' && needsLibrary(file)) continue
    for (const path of importsOf(file)) found.add(path + ending)
  }
  return [...found]
}

/** The schemas of a module by the names of their types, those that only its list of components has among them. @param {string} file @returns {Promise<[string, import('./shapes.mjs').Schema][]>} */
async function schemasOf(file) {
  /** @type {Record<string, unknown>} */
  const module = await import(pathToFileURL(join(dist, file.replace(/\.d\.ts$/u, '.js'))).href)
  const listed = Object.values(module).flatMap((value) => (Array.isArray(value) ? value : []))
  const named = listed.flatMap((schema) => (typeof schema?.$id === 'string' ? [[schema.$id, schema]] : []))
  /** @type {Map<string, import('./shapes.mjs').Schema>} */
  const schemas = new Map()
  for (const [exported, schema] of [...Object.entries(module), ...named]) {
    if (typeof schema !== 'object' || schema === null || Array.isArray(schema) || !/^[A-Z]/u.test(exported)) continue
    schemas.set(String('$id' in schema ? schema.$id : exported), { ...schema })
  }
  return [...schemas]
}

/** @param {string} folder */
async function stage(folder) {
  const put = (/** @type {string} */ path, /** @type {string} */ text) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  const [modules, declarations] = [filesFrom('.js'), filesFrom('.d.ts')]
  for (const file of modules)
    put(file, readFileSync(join(dist, file), 'utf8').replace(/^\/\/# sourceMappingURL=.*\n?/mu, ''))
  /** @type {Map<string, import('./shapes.mjs').Schema>} */
  const all = new Map()
  for (const file of declarations) {
    if (!needsLibrary(file)) {
      put(file, readFileSync(join(dist, file), 'utf8'))
      continue
    }
    const schemas = await schemasOf(file)
    for (const [type, schema] of schemas) all.set(type, schema)
    const from = posix.relative(posix.dirname(file), shapes.replace('.d.ts', '.js'))
    const names = schemas.map(([type]) => type).join(', ')
    put(file, `export type { ${names} } from '${from.startsWith('.') ? from : `./${from}`}'\n`)
  }
  put(shapes, [...all].map(([type, schema]) => declarationOf(type, schema)).join('\n'))

  const { version, license, engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const manifest = {
    name,
    version,
    description: 'The typed client of etcdesk, a ticket desk on etcd. For Node and browsers, without a dependency',
    license,
    type: 'module',
    engines,
    sideEffects: false,
    exports: { '.': { types: `./${entry}.d.ts`, default: `./${entry}.js` }, './package.json': './package.json' },
    files: ['client', 'contract'],
  }
  put('package.json', `${JSON.stringify(manifest, null, 2)}\n`)
  const guide = readFileSync(join(root, 'docs/CLIENT.md'), 'utf8')
  // The programs that it leads to are in the other package.
  put(
    'README.md',
    guide.replaceAll("'etcdesk/client'", `'${name}'`).replaceAll(/\[([^\]]+)\]\(\.\.\/[^)]+\)/gu, '`$1`'),
  )
  cpSync(join(root, 'LICENSE'), join(folder, 'LICENSE'))
}

if (!existsSync(join(dist, `${entry}.js`))) throw new Error('There is no build yet. Run: npm run build')
const destination = resolve(process.argv[2] ?? '.')
const folder = mkdtempSync(join(tmpdir(), 'etcdesk-pack-'))
try {
  await stage(folder)
  mkdirSync(destination, { recursive: true })
  const flags = ['pack', '--json', '--ignore-scripts', '--pack-destination', destination]
  const [packed] = JSON.parse(execFileSync('npm', flags, { cwd: folder, encoding: 'utf8' }))
  console.log(relative('.', join(destination, packed.filename)))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
