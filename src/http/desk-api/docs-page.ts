/**
 * The OpenAPI document as a page (Swagger UI, copied in by the build, so that nothing is loaded from anywhere else), with a strict content
 * security policy of its own. Its addresses are relative: a proxy may have put the desk below a path of its own.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { docsScript } from './docs-script.js'
import { docsStyle } from './docs-style.js'

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

/** No page of ours loads anything from elsewhere, is framed, or sends a form away. */
const policyBase =
  "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; img-src 'self' data:"
const partPolicy = "default-src 'none'; frame-ancestors 'none'"
const docsPolicy = `${policyBase}; script-src 'self'; style-src 'self'; connect-src 'self'`

const script = 'text/javascript; charset=utf-8'
const style = 'text/css; charset=utf-8'
const parts = {
  start: part('/docs/start.js', script, () => Buffer.from(docsScript)),
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
