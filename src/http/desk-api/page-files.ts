/**
 * The page as the build has made it: the document, which names its parts relative to where it is asked for, so that it works wherever a
 * proxy has the desk; and the parts, whose names change with what is in them, so that browsers keep them for ever. Each part lies there
 * compressed already; what a browser takes is what it is sent.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { extname } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

/** How the same content may be sent, the best first. */
const codings = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const

export interface PageFile {
  readonly contentType: string
  /**
   * The content in the best coding that `accept` (an Accept-Encoding) takes; `coding` is undefined where it is as it is. Undefined where
   * the file is there no more.
   */
  as(accept: string | undefined): { readonly body: Buffer; readonly coding: string | undefined } | undefined
}

export interface PageDocument extends PageFile {
  readonly etag: string
}

/** What the document tells the page. */
export interface PageTold {
  readonly version: string
  /** Where the keys API has a door of its own; undefined where it has none. */
  readonly keysUrl: string | undefined
  /** Whether the desk is open to everybody now: what the page asks first of a closed one is whether one is signed in. */
  readonly isOpen: () => boolean
}

const contentTypes: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.md': 'text/markdown; charset=utf-8',
}

/** Whether a coding is among those that are taken, by RFC 9110 (12.5.3). */
function takes(accept: string | undefined, coding: string): boolean {
  if (accept === undefined) return false
  for (const part of accept.split(',')) {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase())
    if (name === coding) return !parameters.some((parameter) => /^q=0(?:\.0*)?$/u.test(parameter))
  }
  return false
}

/** The parts of the page by their names, as far as they have been built: read when they are first asked for, and kept, so that a page that
 * is open while the program is replaced finds what it has been told of. */
export class PageFiles {
  readonly #folder: URL
  readonly #names: ReadonlySet<string>
  readonly #read = new Map<string, Buffer>()
  readonly #documents = new Map<string, PageDocument>()
  readonly #told: PageTold

  constructor(told: PageTold) {
    this.#told = told
    this.#folder = new URL('../../web/', import.meta.url)
    const assets = new URL('assets/', this.#folder)
    this.#names = new Set(existsSync(assets) ? readdirSync(assets) : [])
  }

  /** A part by its name; undefined where there is none. Nothing but what the build has made can be named. */
  asset(name: string): PageFile | undefined {
    const contentType = contentTypes[extname(name)]
    if (contentType === undefined || !this.#names.has(name)) return undefined
    return {
      contentType,
      as: (accept) => {
        for (const [coding, ending] of codings) {
          if (takes(accept, coding) && this.#names.has(name + ending)) return this.#file(name + ending, coding)
        }
        return this.#file(name, undefined)
      },
    }
  }

  /** The document as it is asked for at a path. */
  document(path: string): PageDocument {
    // Wherever it lies, the desk is so many folders above: only that is told, whatever else the path says.
    const depth = Math.min(path.split('/').length - 2, 32)
    const access = this.#told.isOpen() ? 'open' : 'closed'
    const known = this.#documents.get(access + depth)
    if (known !== undefined) return known
    const made = this.#make(depth <= 0 ? './' : '../'.repeat(depth), access)
    this.#documents.set(access + depth, made)
    return made
  }

  #make(base: string, access: 'open' | 'closed'): PageDocument {
    const built = readFileSync(new URL('index.html', this.#folder), 'utf8')
    const text = built
      .replaceAll('"./assets/', `"${base}assets/`)
      .replace('name="desk-base" content="/"', `name="desk-base" content="${base}"`)
      .replace('name="desk-version" content=""', `name="desk-version" content="${escape(this.#told.version)}"`)
      .replace('name="desk-access" content=""', `name="desk-access" content="${access}"`)
      .replace('name="desk-keys" content=""', `name="desk-keys" content="${escape(this.#told.keysUrl ?? '')}"`)
      .replaceAll('href="/docs"', `href="${base}docs"`)
    const plain = Buffer.from(text)
    const br = brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } })
    const gzip = gzipSync(plain)
    return {
      contentType: 'text/html; charset=utf-8',
      etag: `"${createHash('sha256').update(plain).digest('base64url').slice(0, 16)}"`,
      as(accept) {
        if (takes(accept, 'br')) return { body: br, coding: 'br' }
        return takes(accept, 'gzip') ? { body: gzip, coding: 'gzip' } : { body: plain, coding: undefined }
      },
    }
  }

  #file(name: string, coding: string | undefined): { body: Buffer; coding: string | undefined } | undefined {
    let body = this.#read.get(name)
    if (body === undefined) {
      const file = new URL(`assets/${name}`, this.#folder)
      if (!existsSync(file)) return undefined
      body = readFileSync(file)
      this.#read.set(name, body)
    }
    return { body, coding }
  }
}

function escape(text: string): string {
  return text.replace(/[&<>"']/gu, (character) => `&#${character.charCodeAt(0)};`)
}
