// @ts-check
/**
 * Builds dist from src: compiles, copies what is not TypeScript, removes what no longer has a source, and puts the program and the
 * page together.
 * Files are written although types are wrong (so that one room's error does not stop work on another), but the exit code says so.
 */
import { spawn } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildPage } from './build-page.mjs'
import { bundle } from './bundle.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const src = join(root, 'src')
const dist = join(root, 'dist')

/** Files of other packages that the program serves itself: where from, where to below dist. */
const borrowed = [
  ['swagger-ui-dist/swagger-ui-bundle.js', 'http/desk-api/docs/swagger-ui-bundle.js'],
  ['swagger-ui-dist/swagger-ui.css', 'http/desk-api/docs/swagger-ui.css'],
  ['swagger-ui-dist/LICENSE', 'http/desk-api/docs/LICENSE'],
  ['swagger-ui-dist/NOTICE', 'http/desk-api/docs/NOTICE'],
  ['swagger-ui-dist/swagger-ui-bundle.js.LICENSE.txt', 'http/desk-api/docs/swagger-ui-bundle.js.LICENSE.txt'],
]

/** All files below a folder, as paths relative to it. @param {string} folder @returns {string[]} */
function filesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
}

/** @returns {Promise<number>} exit code of the compiler */
function compile() {
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  return new Promise((resolve, reject) => {
    spawn(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' })
      .once('error', reject)
      .once('exit', (code) => resolve(code ?? 1))
  })
}

/** @returns {Promise<number>} 0 when dist is whole and free of errors */
export async function build() {
  // What rpc.ts was generated from is a source, too, and no part of the program.
  const sources = filesBelow(src).filter((file) => !file.endsWith('.proto'))
  const code = await compile()
  const expected = new Set()
  /** @param {string} from @param {string} to */
  const copy = (from, to) => {
    expected.add(to)
    mkdirSync(dirname(join(dist, to)), { recursive: true })
    copyFileSync(from, join(dist, to))
  }
  for (const file of sources) {
    if (!file.endsWith('.ts')) copy(join(src, file), file)
    else for (const ending of ['.js', '.js.map', '.d.ts']) expected.add(file.replace(/\.ts$/, ending))
  }
  for (const [from, to] of borrowed) if (from && to) copy(join(root, 'node_modules', from), to)
  for (const file of await bundle(dist)) expected.add(file)
  for (const file of await buildPage(dist)) expected.add(file)
  for (const file of filesBelow(dist)) if (!expected.has(file)) rmSync(join(dist, file))
  for (const program of ['program/main.js', 'cli/main.js']) {
    if (existsSync(join(dist, program))) chmodSync(join(dist, program), 0o755)
  }
  return code
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await build()
