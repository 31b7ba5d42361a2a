/**
 * What the desk shows to people: the front page, where they sign in, and the OpenAPI document as a page (Swagger UI, copied in by the build, so
 * that nothing is loaded from anywhere else). Each page has its own strict content security policy.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { signInForm, signInScript } from './sign-in-page.js'

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

/** Where the doors are, for people: base URLs. Filled in once they listen. */
export interface Places {
  deskUrl: string
  /** Undefined where the keys API is switched off. */
  readonly keysUrl: string | undefined
}

const style = `
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 3rem auto; padding: 0 1rem; }
code, pre { font: 14px/1.5 ui-monospace, monospace; background: #8882; border-radius: 4px; padding: .1em .3em; }
pre { padding: .6em .9em; overflow-x: auto; }
:root { color-scheme: light dark; }
`
const docsStart = `window.addEventListener('load', () => {
  SwaggerUIBundle({ url: '/openapi.json', dom_id: '#docs', validatorUrl: null, deepLinking: true, docExpansion: 'list' })
})
`

/** No page of ours loads anything from elsewhere, is framed, or sends a form away. */
const policyBase =
  "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; img-src 'self' data:"
const frontPolicy = `${policyBase}; script-src 'self'; connect-src 'self'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`
const partPolicy = "default-src 'none'; frame-ancestors 'none'"
const docsPolicy = `${policyBase}; script-src 'self'; style-src 'self'; connect-src 'self'`

/** All pages and their parts. */
export function webPages(version: string, places: Places): readonly Page[] {
  return [
    page('/', 'getFrontPage', 'A page that says what runs here', frontPolicy, () => frontPage(version, places)),
    page('/docs', 'getDocs', 'This document as a page', docsPolicy, () => docsPage),
    part('/sign-in.js', 'text/javascript; charset=utf-8', () => Buffer.from(signInScript)),
    part('/docs/start.js', 'text/javascript; charset=utf-8', () => Buffer.from(docsStart)),
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
<link rel="stylesheet" href="/docs/swagger-ui.css">
<div id="docs"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</html>
`

function frontPage(version: string, { deskUrl, keysUrl }: Places): string {
  const keys =
    keysUrl === undefined
      ? "etcd's v2 keys API is switched off here."
      : `etcd's v2 keys API is at <a href="${escape(keysUrl)}/v2/keys/">${escape(keysUrl)}/v2/keys/</a>.`
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>etcdesk</title>
<link rel="icon" href="data:,">
<style>${style}</style>
<h1>etcdesk ${escape(version)}</h1>
<p>A ticket desk on etcd. This is the desk's door: the ticket API. ${keys}</p>
<ul>
<li><a href="/tickets">/tickets</a>: the tickets
<li><a href="/docs">/docs</a>: the ticket API, to read and to try
<li><a href="/openapi.json">/openapi.json</a>: the same for programs (OpenAPI 3.1)
<li><a href="/healthz">/healthz</a>, <a href="/readyz">/readyz</a>, <a href="/nodes">/nodes</a>, <a href="/version">/version</a>, <a href="/metrics">/metrics</a>: how the server is
</ul>
<p>A first ticket:</p>
<pre>curl ${escape(deskUrl)}/tickets -X POST -H "Content-Type: application/json" -d '{"value": "Learning to add tickets"}'</pre>
${signInForm}<script src="/sign-in.js"></script>
</html>
`
}

function escape(text: string): string {
  return text.replace(/[&<>"']/gu, (character) => `&#${character.charCodeAt(0)};`)
}
