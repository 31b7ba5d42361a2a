// @ts-check
/**
 * `npm run dev -- ARGUMENTS`: a desk, as `npm start` would have it, and before it the page as it is written, shown anew whenever a file of
 * it changes. A desk that runs elsewhere is shown where `ETCDESK_DEV_DESK` names it; then none is started.
 */
import { spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ready } from './ready.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
await ready()
const elsewhere = process.env['ETCDESK_DEV_DESK']
const desk =
  elsewhere === undefined
    ? spawn(process.execPath, [join(root, 'dist/program/main.js'), 'serve', ...process.argv.slice(2)], {
        stdio: 'inherit',
      })
    : undefined
const { createServer } = await import('vite')
const server = await createServer({ configFile: join(root, 'web/vite.config.ts'), logLevel: 'info' })
await server.listen()
server.printUrls()

const end = async () => {
  await server.close()
  desk?.kill('SIGTERM')
}
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void end())
desk?.once('exit', (code) => {
  process.exitCode = code ?? 1
  void server.close()
})
