// @ts-check
/**
 * Puts the built program and the libraries that it uses together into a few files, `dist/program/`: loading some 900 small ones takes
 * longer than all the rest of a start. Those of the libraries' licences that go with it lie beside it. SQLite's library, which has a part
 * for each platform, stays where npm put it.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { rolldown } from 'rolldown'

/** What a process or a thread of the program begins with, below dist. They find each other by these names. */
const entries = {
  main: 'cli/main.js',
  'writer-thread': 'server/writer-thread.js',
  'reading-thread': 'server/reading-thread.js',
  'log-mover': 'store/log-mover.js',
}

/** Files that a module finds by its own place are found from its new one; the entries lie beside it. @param {string} dist @returns {import('rolldown').Plugin} */
function keepPlaces(dist) {
  return {
    name: 'keep-places',
    transform(code, id) {
      const path = relative(dist, id).split(sep).join('/')
      if (path.startsWith('..') || !code.includes('import.meta.url')) return null
      return code.replaceAll(/(new URL\('\.\/([\w-]+)\.js', )?import\.meta\.url/gu, (all, head = '', name = '') =>
        name in entries ? all : `${head}new URL('../${path}', import.meta.url).href`,
      )
    },
  }
}

/** The folder of the package that a module belongs to; undefined where it is ours. @param {string} id */
function packageOf(id) {
  return /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/u.exec(id.split(sep).join('/'))?.[0]
}

/** @param {string[]} folders */
function licencesOf(folders) {
  const texts = folders.map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    const files = readdirSync(folder).filter((file) => /^(?:licen[cs]e|notice|copying)/iu.test(file))
    const words = files.map((file) => readFileSync(join(folder, file), 'utf8').trim())
    return [`${name} ${version} (${license})`, ...words].join('\n\n')
  })
  return `What of others is in these files, and under which licence.\n\n${texts.toSorted().join(`\n\n${'-'.repeat(80)}\n\n`)}\n`
}

/** Writes `program/` below dist; what lies there from before stays, since it may be running. Returns its files as paths below dist. @param {string} dist @returns {Promise<string[]>} */
export async function bundle(dist) {
  const folder = join(dist, 'program')
  const building = await rolldown({
    input: Object.fromEntries(Object.entries(entries).map(([name, path]) => [name, join(dist, path)])),
    platform: 'node',
    external: [/^node:/u],
    plugins: [keepPlaces(dist)],
  })
  const { output } = await building.write({
    dir: folder,
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
  })
  await building.close()
  const modules = output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []))
  const packages = new Set(modules.map(packageOf).filter((found) => found !== undefined))
  writeFileSync(join(folder, 'LICENCES.txt'), licencesOf([...packages]))
  return ['LICENCES.txt', ...output.map(({ fileName }) => fileName)].map((file) => `program/${file}`)
}
