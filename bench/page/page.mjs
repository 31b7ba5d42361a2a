// @ts-check
/**
 * How quick the page is in a real Chromium, before a desk that runs:
 *
 *     node bench/page/page.mjs http://127.0.0.1:2224 [CHANGES]
 *
 * It changes tickets there. With a number of changes it also makes so many by others while the page is open, and compares its memory.
 */
import { createServer } from 'node:http'
import { createDeskClient } from '#src/client/client.js'
import { launchChromium } from '../../scripts/chromium.mjs'
import { randomNumbers } from '../random.mjs'

/** @typedef {import('playwright-core').Page} Page */

const [endpoint = 'http://127.0.0.1:2224', changes = '0'] = process.argv.slice(2)
const desk = createDeskClient({ endpoint })
const random = randomNumbers(20)
const browser = await launchChromium(process.env['CHROMIUM'] ?? '/usr/bin/chromium', [
  '--enable-precise-memory-info',
  // No graphics hardware is here: without this, frames are made by a program that imitates one.
  '--disable-gpu',
])

/** @param {readonly number[]} times @param {number} part */
const quantile = (times, part) =>
  times.toSorted((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * part))] ?? 0

/** @param {string} what @param {readonly number[]} times */
function report(what, times) {
  console.log(
    `${what}: p50 ${quantile(times, 0.5).toFixed(0)} ms, p95 ${quantile(times, 0.95).toFixed(0)} ms, of ${times.length}`,
  )
}

async function open(path = '/') {
  const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage()
  await page.goto(endpoint + path)
  await page.waitForSelector('.row[data-number]')
  return page
}

/** What a page answered, as numbers. @param {unknown} answer */
function numbersOf(answer) {
  return Array.isArray(answer) ? answer.map(Number) : []
}

/** From an action to the first frame in which something holds, in milliseconds as the page has them. @param {Page} page @param {string} act @param {string} holds */
function painted(page, act, holds) {
  return page.evaluate(`new Promise((resolve) => {
    const begun = performance.now()
    const look = () => ((${holds}) ? resolve(performance.now() - begun) : requestAnimationFrame(look))
    ${act}
    requestAnimationFrame(look)
  })`)
}

const key = (/** @type {string} */ name, more = '') =>
  `document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: '${name}', bubbles: true, cancelable: true ${more} }))`

async function script() {
  let bytes = 0
  const page = await browser.newPage()
  const session = await page.context().newCDPSession(page)
  await session.send('Network.enable')
  const scripts = new Set()
  session.on('Network.responseReceived', ({ requestId, type }) => type === 'Script' && scripts.add(requestId))
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (scripts.has(requestId)) bytes += encodedDataLength
  })
  await page.goto(endpoint)
  await page.waitForSelector('.row[data-number]')
  await page.close()
  console.log(`script of the list, as it is sent: ${(bytes / 1000).toFixed(1)} kB`)
}

/** The list, and a static page of as many bytes, both with the processor slowed down four times. */
async function firstLoad() {
  const html = await (await fetch(endpoint)).text()
  const paths = [...html.matchAll(/(?:src|href)="\.\/(assets\/[^"]+)"/gu)].map(([, path = '']) => path)
  const parts = await Promise.all(paths.map(async (path) => (await fetch(`${endpoint}/${path}`)).arrayBuffer()))
  const size = html.length + parts.reduce((sum, { byteLength }) => sum + byteLength, 0)
  const words = Array.from({ length: 40 }, (_, at) => `<p>Ticket ${at} of a page that only stands there.</p>`).join('')
  const still = `<!doctype html><title>still</title>${words}<p id="end">end</p>`
  const server = createServer((request, response) => {
    if (request.url === '/') response.end(`${still}<script src="/bytes.js"></script>`)
    else response.end(`/*${'x'.repeat(size)}*/document.body.dataset.ready = ''`)
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  const peer = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`
  const load = async (/** @type {string} */ url, /** @type {string} */ selector) => {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
    const page = await context.newPage()
    const session = await context.newCDPSession(page)
    await session.send('Emulation.setCPUThrottlingRate', { rate: 4 })
    // The page's own clock, from when it was asked for to the end of the frame that shows it: whoever asks from outside asks too seldom.
    await page.addInitScript(`{
      const look = new MutationObserver(() => {
        if (document.querySelector('${selector}') === null) return
        look.disconnect()
        requestAnimationFrame(() => setTimeout(() => (window.usableAt = performance.now())))
      })
      look.observe(document, { subtree: true, childList: true, attributes: true })
    }`)
    await page.goto(url, { waitUntil: 'commit' })
    const took = Number(await (await page.waitForFunction(() => Reflect.get(globalThis, 'usableAt'))).jsonValue())
    await context.close()
    return took
  }
  const [ours, theirs] = [[], []].map((list) => /** @type {number[]} */ (list))
  for (let round = 0; round < 12; round++) {
    ours?.push(await load(endpoint, '.row[data-number]'))
    theirs?.push(await load(peer, 'body[data-ready]'))
  }
  server.close()
  report('first load, CPU slowed 4 x', ours ?? [])
  report('a static page of the same bytes', theirs ?? [])
  console.log(`ratio of the medians: ${(quantile(ours ?? [], 0.5) / quantile(theirs ?? [], 0.5)).toFixed(2)}`)
}

/** Times that each key is pressed: enough that the 95th of a hundred is not the first alone, which meets code that was never run. */
const PRESSES = 60

async function keys() {
  const page = await open()
  const cursor = `document.querySelector('.row.is-cursor')?.dataset.number`
  const next = []
  for (let at = 0; at < PRESSES; at++) {
    const now = await page.evaluate(cursor)
    next.push(Number(await painted(page, key('j'), `${cursor} !== '${now}'`)))
  }
  report('next row', next)
  const palette = []
  for (let at = 0; at < PRESSES; at++) {
    palette.push(Number(await painted(page, key('k', ', ctrlKey: true'), `document.querySelector('dialog[open]')`)))
    await page.keyboard.press('Escape')
    await page.waitForSelector('dialog[open]', { state: 'detached' })
  }
  report('palette', palette)
  const opened = []
  for (let at = 0; at < PRESSES; at++) {
    opened.push(Number(await painted(page, key('Enter'), `document.querySelector('.ticket__title')`)))
    await page.goBack()
    await page.waitForSelector('.row.is-cursor')
    await page.keyboard.press('j')
  }
  report('open a ticket', opened)
  await page.context().close()
}

async function searches() {
  const page = await open()
  const queries = ['is:open', 'is:done', 'priority:urgent', 'is:open is:unassigned', 'no:label', 'is:overdue', ' ']
  const sorts = ['updated', 'created-asc', 'due-asc', 'priority', 'comments', 'number']
  const times = []
  for (let at = 0; at < 40; at++) {
    const q = queries[at % queries.length] ?? ''
    const sort = sorts[Math.floor(random() * sorts.length)] ?? 'number'
    const path = `/?${new URLSearchParams({ q, sort, n: String(at) }).toString()}`
    await page.evaluate(
      `window.was = document.querySelector('.virtual'); history.replaceState(history.state, '', location.href)`,
    )
    times.push(
      Number(
        await painted(
          page,
          `const link = document.createElement('a'); link.href = '${path}'; document.body.append(link); link.click(); link.remove()`,
          `document.querySelector('.blank h2') ||
            (document.querySelector('.virtual') !== window.was && document.querySelector('.virtual .row[data-number]'))`,
        ),
      ),
    )
  }
  report('a sort or search of all', times)
  await page.context().close()
}

async function scrolling() {
  const page = await open('/?q=%20')
  const frames = numbersOf(
    await page.evaluate(`(async () => {
      const list = document.querySelector('.virtual')
      const frames = []
      let last = await new Promise(requestAnimationFrame)
      for (let at = 0; at < 600; at++) {
        list.scrollTop += at < 300 ? 90 : at % 50 === 0 ? 500000 : 200
        const now = await new Promise(requestAnimationFrame)
        frames.push(now - last)
        last = now
      }
      return frames
    })()`),
  )
  const slow = frames.filter((time) => time > 33.4).length
  report('frames while scrolling', frames)
  console.log(`frames over 33 ms: ${((100 * slow) / frames.length).toFixed(1)} %`)
  await page.context().close()
}

/** From the desk's answer to a change until it is painted in the last of ten pages. */
async function others() {
  const pages = await Promise.all(Array.from({ length: 10 }, () => open()))
  const numbers = numbersOf(
    await pages[0]?.evaluate(
      `[...document.querySelectorAll('.row[data-number]')].slice(0, 15).map((row) => Number(row.dataset.number))`,
    ),
  )
  const times = []
  for (let at = 0; at < 30; at++) {
    const number = numbers[at % numbers.length] ?? 1
    const title = `Changed by another, the ${at}. time`
    await desk.tickets.change(number, { title })
    const begun = performance.now()
    const row = `.row[data-number="${number}"]`
    await Promise.all(pages.map((page) => page.locator(row, { hasText: title }).waitFor()))
    times.push(performance.now() - begun)
  }
  report("another's change to painted in ten pages", times)
  await Promise.all(pages.map((page) => page.context().close()))
}

/** What the page holds after a thousand changes, and after all. @param {number} count */
async function memory(count) {
  const page = await open()
  const session = await page.context().newCDPSession(page)
  const held = async () => {
    await session.send('HeapProfiler.collectGarbage')
    return (await session.send('Runtime.getHeapUsage')).usedSize / 1e6
  }
  const { total } = await desk.tickets.stats({})
  let first = 0
  for (let at = 0; at < count; at += 20) {
    await Promise.all(
      Array.from({ length: 20 }, () => {
        const number = total - Math.floor(random() * 40)
        return desk.tickets.change(number, { priority: random() < 0.5 ? 'high' : 'low' }).catch(() => undefined)
      }),
    )
    if (first === 0 && at >= 1000) first = await held()
  }
  const last = await held()
  console.log(
    `memory after 1,000 and after ${count} changes: ${first.toFixed(1)}, ${last.toFixed(1)} MB, ${(last / first).toFixed(2)} x`,
  )
  await page.context().close()
}

await script()
await firstLoad()
await keys()
await searches()
await scrolling()
await others()
if (Number(changes) > 0) await memory(Number(changes))
await browser.close()
