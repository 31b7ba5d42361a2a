// @ts-check
/** `npm start -- ARGUMENTS`: makes the clone ready, then becomes `etcdesk serve ARGUMENTS` in this very process, so that signals reach it. */
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { ready } from './ready.mjs'

try {
  await ready()
} catch (error) {
  process.stderr.write(`etcdesk: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
}
const program = join(dirname(dirname(fileURLToPath(import.meta.url))), 'dist/program/main.js')
process.argv = [process.argv[0] ?? 'node', program, 'serve', ...process.argv.slice(2)]
await import(pathToFileURL(program).href)
