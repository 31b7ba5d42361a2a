/**
 * The OpenAPI document as a page (Swagger UI, copied in by the build, so that nothing is loaded from anywhere else), with a strict content
 * security policy of its own. Its addresses are relative: a proxy may have put the desk below a path of its own.
 */
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

/** What the `type` of a problem names (`/docs#not_found`) is a row of the table of errors. The bundle puts a stroke before it, as it has before operations. */
const docsStart = `function showError() {
  const name = location.hash.replace('#', '').replace('/', '')
  const codes = [...document.querySelectorAll('.info table td:first-child code')]
  const row = codes.find(({ textContent }) => textContent === name)?.closest('tr')
  for (const other of document.querySelectorAll('.info tr.is-meant')) other.classList.toggle('is-meant', other === row)
  row?.classList.add('is-meant')
  row?.scrollIntoView({ block: 'center' })
}
window.addEventListener('load', () => {
  SwaggerUIBundle({
    url: 'openapi.json',
    dom_id: '#docs',
    validatorUrl: null,
    deepLinking: true,
    docExpansion: 'list',
    onComplete: showError,
  })
  window.addEventListener('hashchange', showError)
})
`

/** Columns of the tables in its text stand apart, and their codes break where a screen is narrow. */
const docsStyle = `.swagger-ui .info table tr :is(th, td):nth-child(n) { padding-inline-end: 1.25rem }
.swagger-ui .info table td code { overflow-wrap: anywhere; white-space: normal }
.swagger-ui .info table td:first-child { min-width: 8.5rem }
.swagger-ui .info tr.is-meant { background: #fff3c4 }
`

/** No page of ours loads anything from elsewhere, is framed, or sends a form away. */
const policyBase =
  "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; img-src 'self' data:"
const partPolicy = "default-src 'none'; frame-ancestors 'none'"
const docsPolicy = `${policyBase}; script-src 'self'; style-src 'self'; connect-src 'self'`

/** The page and its parts. */
export function docsPages(): readonly Page[] {
  return [
    page('/docs', 'getDocs', 'This document as a page', docsPolicy, () => docsPage),
    part('/docs/start.js', 'text/javascript; charset=utf-8', () => Buffer.from(docsStart)),
    part('/docs/desk.css', 'text/css; charset=utf-8', () => Buffer.from(docsStyle)),
    part('/docs/swagger-ui-bundle.js', 'text/javascript; charset=utf-8', builtFile('swagger-ui-bundle.js')),
    part('/docs/swagger-ui.css', 'text/css; charset=utf-8', builtFile('swagger-ui.css')),
  ]
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

const docsPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>etcdesk: the ticket API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/swagger-ui.css">
<link rel="stylesheet" href="docs/desk.css">
<div id="docs"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</html>
`
