// @ts-check
/**
 * Pictures of the page, of a desk that it fills itself: `node scripts/screenshots.mjs FOLDER` makes all of them there; without a folder it
 * makes those of README.md anew, in `docs/pictures`. Needs Debian's chromium.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { launchChromium } from './chromium.mjs'
import { ready } from './ready.mjs'

await ready()
const root = dirname(dirname(fileURLToPath(import.meta.url)))
const { createDeskClient } = await import(join(root, 'dist/client/client.js'))
const folder = process.argv[2] ?? join(root, 'docs/pictures')
mkdirSync(folder, { recursive: true })

const data = mkdtempSync(join(tmpdir(), 'etcdesk-pictures-'))
process.once('exit', () => server.kill('SIGKILL'))
const server = spawn(
  process.execPath,
  [
    join(root, 'dist/program/main.js'),
    'serve',
    '--data',
    data,
    '--listen',
    '127.0.0.1:0',
    '--keys-listen',
    '127.0.0.1:0',
  ],
  { stdio: ['ignore', 'pipe', 'inherit'] },
)
/** @type {string} */
const endpoint = await new Promise((resolve) => {
  server.stdout.on('data', (text) => {
    const [url] = /http:\/\/127\.0\.0\.1:\d+/u.exec(String(text)) ?? []
    if (url !== undefined) resolve(url)
  })
})

/** @param {string} [as] */
const desk = (as) => createDeskClient({ endpoint, door: 'page', ...(as !== undefined && { as }) })
await desk().users.create({ handle: 'ann', role: 'admin' })
for (const handle of ['ben', 'chidi', 'wei']) await desk().users.create({ handle })
await desk().users.create({ handle: 'mei', role: 'requester' })
for (const name of ['storage', 'network', 'compute']) await desk().queues.create({ name, public: true })
const labels = ['disk', 'etcd', 'network', 'tls', 'backup', 'hardware']
for (const name of labels) await desk().labels.create({ name })

const day = (/** @type {number} */ ahead) => new Date(Date.now() + ahead * 86_400_000).toISOString().slice(0, 10)
/** @type {readonly [string, string, string, string, readonly string[], string | null, readonly string[]][]} */
const tickets = [
  [
    'Backup of the ledger took 7 h 40 min, its window is 6 h',
    'normal',
    'waiting',
    'storage',
    ['backup'],
    day(5),
    ['chidi'],
  ],
  ['IPv6 reverse zones are missing for the new prefix', 'low', 'open', 'network', ['network'], null, []],
  ['Drain and replace node-17: ECC errors on DIMM B2', 'high', 'in-progress', 'compute', ['hardware'], day(2), ['wei']],
  ['Renew the wildcard certificate of the internal names', 'high', 'in-progress', 'network', ['tls'], day(-1), ['ann']],
  ['Jumbo frames are dropped between leaf-3 and spine-1', 'normal', 'open', 'network', ['network'], null, ['ben']],
  ['Rotate the signing key of the package mirror', 'normal', 'open', 'compute', ['tls'], null, []],
  [
    'etcd member 3 answers fsync above 90 ms since the firmware update',
    'urgent',
    'in-progress',
    'storage',
    ['disk', 'etcd'],
    day(0),
    ['chidi', 'ann'],
  ],
  [
    'node-31 drops off the bond when the second link comes up',
    'high',
    'open',
    'network',
    ['network', 'hardware'],
    null,
    [],
  ],
]
let shown = 0
for (const [title, priority, status, queue, names, due, assignees] of tickets) {
  const { number } = await desk('ben').tickets.create({
    title,
    priority,
    status,
    queue,
    labels: [...names],
    due,
    assignees: [...assignees],
    requester: 'mei',
  })
  if (names.includes('etcd')) shown = number
}
await desk('ann').tickets.change(shown, {
  description:
    'Since the firmware of `fra1-etcd-3` went from 2.1.7 to 2.2.0 on Tuesday, this member needs ten times as long as the others to write its log.\n\n- [x] Move leadership away from member 3\n- [ ] Roll the firmware back\n',
})
await desk('chidi')
  .tickets.comments(shown)
  .create({ text: 'Leadership is with member 1 now (`etcdctl move-leader`). p99 for clients is back at 5 ms.' })
await desk('ann')
  .tickets.comments(shown)
  .create({ text: 'The vendor confirms it, and asks us not to pass that on yet.', internal: true })
await desk('ann').tickets.links(shown).create({ kind: 'blocks', ticket: 3 })
await fetch(`${endpoint}/v2/keys/config/alerts/fsync-p99`, {
  method: 'PUT',
  body: new URLSearchParams({ value: '80 ms' }),
})

const browser = await launchChromium(process.env['CHROMIUM'] ?? '/usr/bin/chromium')
/** Those that README.md shows: they are what stands in the repository. */
const shownHere = ['list', 'ticket', 'board']
/** @type {readonly [string, string, 'light' | 'dark', number?][]} */
const pictures = [
  ['list', '/?group=status', 'light'],
  ['ticket', `/t/${shown}`, 'light'],
  ['board', '/board', 'dark'],
  ['dashboard', '/dashboard', 'light'],
  ['keys', '/keys/config/alerts/fsync-p99', 'light'],
  ['settings', '/settings/users', 'light'],
  ['list-narrow', '/', 'dark', 390],
  ['ticket-narrow', `/t/${shown}`, 'light', 390],
  ['board-narrow', '/board', 'light', 390],
  ['dashboard-narrow', '/dashboard', 'light', 390],
  ['keys-narrow', '/keys/config/alerts/fsync-p99', 'light', 390],
  ['settings-narrow', '/settings/users', 'light', 390],
]
for (const [name, path, colorScheme, width = 1280] of pictures) {
  if (process.argv[2] === undefined && !shownHere.includes(name)) continue
  const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme })
  const page = await context.newPage()
  await page.addInitScript(`localStorage.setItem('etcdesk.as', '"ann"')`)
  await page.goto(endpoint + path, { waitUntil: 'load' })
  await page.waitForSelector('.line__index', { state: 'attached' })
  await page.waitForTimeout(1500)
  await page.screenshot({ path: join(folder, `${name}.png`) })
  await context.close()
}
await browser.close()
server.kill('SIGTERM')
await new Promise((resolve) => server.once('exit', resolve))
rmSync(data, { recursive: true, force: true })
