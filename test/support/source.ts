/**
 * The source as text, for tests that judge how it is built: which files there are and what each imports.
 * Reads with plain expressions, not a compiler: fast, and the imports of this code base have one plain form.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join, posix, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

export const repositoryRoot: string = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** A source file. Paths are relative to the repository, with `/`. */
export interface SourceFile {
  readonly path: string
  readonly text: string
  readonly lines: number
  /** Files of ours that it imports (types and threads too), as paths of their `.ts` sources. */
  readonly ours: readonly string[]
  /** Packages that it imports: `fastify`, `node:fs`. */
  readonly packages: readonly string[]
}

/** Removes block comments and whole-line comments, so that an import named in prose does not count. */
function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//gu, '').replaceAll(/^\s*\/\/.*$/gmu, '')
}

/** What a text imports: static imports, re-exports and `import('…')`. */
export function importsOf(text: string): string[] {
  const code = withoutComments(text)
  const forms = [
    /^\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]/gmu,
    /^\s*import\s*['"]([^'"]+)['"]/gmu,
    /\bimport\(\s*['"]([^'"]+)['"]\s*\)/gu,
    /\bgetBuiltinModule\(\s*['"]([^'"]+)['"]\s*\)/gu,
  ]
  return forms.flatMap((form) => [...code.matchAll(form)].map((match) => match[1] ?? ''))
}

/** The entries of threads that a text starts: `new URL('./….js', import.meta.url)`. */
export function threadsOf(text: string): string[] {
  const form = /\bnew URL\(\s*['"](\.[^'"]+\.js)['"]\s*,\s*import\.meta\.url/gu
  return [...withoutComments(text).matchAll(form)].map((match) => match[1] ?? '')
}

function packageOf(specifier: string): string {
  if (specifier.startsWith('node:')) return specifier
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}

function readSource(path: string): SourceFile {
  const text = readFileSync(join(repositoryRoot, path), 'utf8')
  // Outside src such an address is of a program to run, not of a part of this one.
  const specifiers = [...importsOf(text), ...(path.startsWith('src/') ? threadsOf(text) : [])]
  const isOurs = (specifier: string): boolean => specifier.startsWith('.') || specifier.startsWith('#src/')
  const resolve = (specifier: string): string => {
    // What is asked of the build stands in a source of the same name.
    if (specifier.startsWith('#src/')) return specifier.replace('#src/', 'src/').replace(/\.js$/u, '.ts')
    // What stands behind a `?` is how the build is to take it.
    const target = posix.join(posix.dirname(path), specifier.replace(/\?.*$/u, ''))
    if (!/\.tsx?$/u.test(path)) return target
    const source = target.replace(/\.js$/u, '.ts')
    return existsSync(join(repositoryRoot, source)) ? source : target.replace(/\.js$/u, '.tsx')
  }
  return {
    path,
    text,
    lines: text.split('\n').length - 1,
    ours: [...new Set(specifiers.filter(isOurs).map(resolve))],
    packages: [...new Set(specifiers.filter((specifier) => !isOurs(specifier)).map(packageOf))],
  }
}

/** All code files (`.ts`, `.tsx`, `.mjs`) below a folder of the repository; none if the folder does not exist. */
export function sourceFiles(folder: string): SourceFile[] {
  let entries
  try {
    entries = readdirSync(join(repositoryRoot, folder), { recursive: true, withFileTypes: true })
  } catch {
    return []
  }
  return entries
    .filter((entry) => entry.isFile() && /\.(?:tsx?|mjs)$/u.test(entry.name))
    .map((entry) => relative(repositoryRoot, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .toSorted()
    .map(readSource)
}

/** The circles among files, each as the files on it in order; empty when imports run one way. */
export function circles(files: readonly SourceFile[]): string[][] {
  const byPath = new Map(files.map((file) => [file.path, file]))
  const done = new Set<string>()
  const found: string[][] = []
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path)
    if (start >= 0) found.push([...trail.slice(start), path])
    if (start >= 0 || done.has(path)) return
    for (const next of byPath.get(path)?.ours ?? []) visit(next, [...trail, path])
    done.add(path)
  }
  for (const file of files) visit(file.path, [])
  return found
}
