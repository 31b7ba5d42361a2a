// @ts-check
/** Builds the page, `dist/web/`, and lays each file that grows smaller beside itself compressed: the server compresses nothing. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { build } from 'vite'

/** What is sent as often as it is compressed once: as small as it gets. */
const compress = {
  '.br': (/** @type {Buffer} */ content) =>
    promisify(brotliCompress)(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
  '.gz': (/** @type {Buffer} */ content) => promisify(gzip)(content, { level: 9 }),
}

/** Writes `web/` below dist. Returns its files as paths below dist. @param {string} dist @returns {Promise<string[]>} */
export async function buildPage(dist) {
  await build({ configFile: fileURLToPath(new URL('../web/vite.config.ts', import.meta.url)) })
  const folder = join(dist, 'web/assets')
  await Promise.all(
    readdirSync(folder).flatMap((name) =>
      Object.entries(compress).map(async ([ending, compressed]) => {
        const content = readFileSync(join(folder, name))
        const less = await compressed(content)
        if (less.length < content.length) writeFileSync(join(folder, name + ending), less)
      }),
    ),
  )
  return ['index.html', 'LICENSES.md', ...readdirSync(folder).map((name) => `assets/${name}`)].map(
    (name) => `web/${name}`,
  )
}
