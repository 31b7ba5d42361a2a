/**
 * The OpenAPI document as a page (Swagger UI, copied in by the build, so that nothing is loaded from anywhere else), with a strict content
 * security policy of its own. Its addresses are relative: a proxy may have put the desk below a path of its own.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** Something to be served as it is. */
export interface Page {
  readonly path: string
  /** Its name in the OpenAPI document; parts of a page have none and are not in there. */
  readonly operationId?: string
  readonly summary?: string
  /** Names and values in turn. */
  readonly headers: readonly string[]
  body(): Buffer
}

/**
 * What a page of Swagger UI lacks. Its colours are those of the desk's own pages: what this browser keeps for them, else the system's. The
 * table of errors stands behind the paths: it is a copy, since what Swagger UI has drawn is not to be moved. What the `type` of a problem
 * names (`/docs#not_found`) is a row of it; Swagger UI puts a stroke before the name, as it has before operations.
 */
const docsStart = `const isSystemDark = matchMedia('(prefers-color-scheme: dark)')
function keptTheme() {
  try {
    return JSON.parse(localStorage.getItem('etcdesk.theme'))
  } catch {
    return null
  }
}
function showTheme() {
  const kept = keptTheme()
  const isDark = kept === 'dark' || (kept !== 'light' && isSystemDark.matches)
  document.documentElement.classList.toggle('dark-mode', isDark)
  document.documentElement.classList.toggle('light-mode', !isDark)
}
function showErrors() {
  const table = document.querySelector('.info table')
  const room = document.querySelector('#errors .renderedMarkdown')
  if (table !== null && room.childElementCount === 0) room.append(table.cloneNode(true))
  for (const code of room.querySelectorAll('td:first-child code')) {
    const parts = code.textContent.split(/(?<=_)/)
    code.replaceChildren(...parts.flatMap((part) => [part, document.createElement('wbr')]))
  }
  document.documentElement.classList.toggle('has-errors', room.childElementCount > 0)
  document.getElementById('errors').hidden = room.childElementCount === 0
  showError()
}
function showError() {
  const name = location.hash.replace('#', '').replace('/', '')
  if (name === 'errors') document.getElementById(name).scrollIntoView()
  const codes = [...document.querySelectorAll('#errors td:first-child code')]
  const row = codes.find(({ textContent }) => textContent === name)?.closest('tr')
  for (const other of document.querySelectorAll('#errors tr.is-meant')) other.classList.toggle('is-meant', other === row)
  row?.classList.add('is-meant')
  row?.scrollIntoView({ block: 'center' })
}
showTheme()
isSystemDark.addEventListener('change', showTheme)
addEventListener('storage', showTheme)
window.addEventListener('load', () => {
  SwaggerUIBundle({
    url: 'openapi.json',
    dom_id: '#docs',
    validatorUrl: null,
    deepLinking: true,
    docExpansion: 'list',
    onComplete: showErrors,
  })
  window.addEventListener('hashchange', showError)
})
`

/** Columns of the tables in its text stand apart, and their codes break behind a stroke where a screen is narrow. */
const docsStyle = `:root { color-scheme: light dark }
.light-mode { color-scheme: light }
body { margin: 0 }
@media (prefers-color-scheme: dark) { html:not(.light-mode) { background: #1c2022 } }
.desk { display: flex; flex-wrap: wrap; gap: 0 1.5rem; max-width: 1460px; margin: 0 auto; padding: 0.5rem 20px 0; font: 0.875rem/1.5 system-ui, sans-serif }
.desk a { color: #0b5f73; padding-block: 0.625rem }
.dark-mode .desk a { color: #7fd0e2 }
.swagger-ui .info { margin-block: 1rem 2rem }
.has-errors .swagger-ui .info table { display: none }
#errors { max-width: 1460px; margin: 0 auto; padding: 0 20px 3rem; scroll-margin-block-start: 1rem }
#errors h2 { color: #3b4151; font: 600 1.5rem/1.25 sans-serif; margin-block: 2rem 1rem }
.dark-mode #errors h2 { color: #e4e6e6 }
#errors table { border-collapse: collapse; font-size: 0.875rem; line-height: 1.5 }
#errors table tr :is(th, td) { padding: 0.375rem 1.25rem 0.375rem 0; text-align: start; vertical-align: top; min-width: 0 }
#errors table tr :is(th, td):first-child { max-width: none; width: auto; padding-inline-start: 0.375rem }
#errors table td:first-child { min-width: 8.5rem }
#errors table td code { overflow-wrap: break-word; white-space: normal }
#errors table td:first-child code { padding-inline: 0.25rem }
#errors tr.is-meant { background: #fff3c4 }
.dark-mode #errors tr.is-meant { background: #4a3d12 }
`

/** No page of ours loads anything from elsewhere, is framed, or sends a form away. */
const policyBase =
  "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; img-src 'self' data:"
const partPolicy = "default-src 'none'; frame-ancestors 'none'"
const docsPolicy = `${policyBase}; script-src 'self'; style-src 'self'; connect-src 'self'`

const script = 'text/javascript; charset=utf-8'
const style = 'text/css; charset=utf-8'
const parts = {
  start: part('/docs/start.js', script, () => Buffer.from(docsStart)),
  desk: part('/docs/desk.css', style, () => Buffer.from(docsStyle)),
  bundle: part('/docs/swagger-ui-bundle.js', script, builtFile('swagger-ui-bundle.js')),
  swagger: part('/docs/swagger-ui.css', style, builtFile('swagger-ui.css')),
}

/** The page and its parts. */
export function docsPages(): readonly Page[] {
  let html: string | undefined
  return [
    page('/docs', 'getDocs', 'This document as a page', docsPolicy, () => (html ??= docsPage())),
    ...Object.values(parts),
  ]
}

/** Where a part lies, with a sign of its content: after an upgrade none is taken that a browser has kept from before. */
function addressOf(page: Page): string {
  return `${page.path.slice(1)}?v=${createHash('sha256').update(page.body()).digest('hex').slice(0, 16)}`
}

function page(path: string, operationId: string, summary: string, policy: string, html: () => string): Page {
  const headers = [
    ...partHeaders('text/html; charset=utf-8', 'no-store'),
    'Content-Security-Policy',
    policy,
    'Cross-Origin-Opener-Policy',
    'same-origin',
    'Referrer-Policy',
    'no-referrer',
  ]
  return { path, operationId, summary, headers, body: () => Buffer.from(html()) }
}

function part(path: string, contentType: string, body: () => Buffer): Page {
  const headers = [...partHeaders(contentType, 'max-age=3600'), 'Content-Security-Policy', partPolicy]
  return { path, headers, body }
}

function partHeaders(contentType: string, cacheControl: string): readonly string[] {
  return [
    'Content-Type',
    contentType,
    'Cache-Control',
    cacheControl,
    'X-Content-Type-Options',
    'nosniff',
    'Cross-Origin-Resource-Policy',
    'same-origin',
  ]
}

/** A file that the build has put beside the desk's routes; read when it is first asked for. */
function builtFile(name: string): () => Buffer {
  let content: Buffer | undefined
  return () => (content ??= readFileSync(new URL(`docs/${name}`, import.meta.url)))
}

const docsPage = (): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>etcdesk: the ticket API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${addressOf(parts.swagger)}">
<link rel="stylesheet" href="${addressOf(parts.desk)}">
<script src="${addressOf(parts.start)}"></script>
<nav class="desk" aria-label="etcdesk"><a href="./">Back to the desk</a><a href="#errors">Errors by their codes</a></nav>
<div id="docs"></div>
<section id="errors" class="swagger-ui" aria-labelledby="errors-name" hidden>
<h2 id="errors-name">Errors</h2>
<div class="renderedMarkdown"></div>
</section>
<script src="${addressOf(parts.bundle)}"></script>
</html>
`
