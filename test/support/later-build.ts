/** The program as a later version would be: the same, but the files of its page have other names, since something in them has changed. */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

export interface LaterBuild {
  /** What starts it in the place of the built program. */
  readonly command: readonly string[]
  remove(): void
}

/** Makes one, with none of the names that the page has had. */
export function makeLaterBuild(): LaterBuild {
  const folder = mkdtempSync(join(tmpdir(), 'etcdesk-later-'))
  mkdirSync(join(folder, 'dist'))
  for (const part of ['program', 'web'])
    cpSync(join(root, 'dist', part), join(folder, 'dist', part), { recursive: true })
  cpSync(join(root, 'package.json'), join(folder, 'package.json'))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  const assets = join(folder, 'dist/web/assets')
  const names = readdirSync(assets)
  // What is compressed still has the old names in it.
  for (const name of names) if (/\.(?:br|gz)$/u.test(name)) rmSync(join(assets, name))
  const scripts = names.filter((name) => name.endsWith('.js'))
  const renamed = (text: string): string =>
    scripts.reduce((changed, name) => changed.replaceAll(name, name.replace(/.{8}\.js$/u, 'laterone.js')), text)
  for (const name of readdirSync(assets)) {
    const path = join(assets, name)
    writeFileSync(path, renamed(readFileSync(path, 'utf8')))
    renameSync(path, join(assets, renamed(name)))
  }
  const document = join(folder, 'dist/web/index.html')
  writeFileSync(document, renamed(readFileSync(document, 'utf8')))
  return {
    command: [process.execPath, join(folder, 'dist/program/main.js')],
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
