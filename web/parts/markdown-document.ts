/**
 * Markdown as a piece of a document that can do no harm, whoever wrote it. It holds only what is named here: no HTML of the text's own
 * (that is shown as it is written), links to the web and to mail alone, nothing that is loaded by being shown. What is made is cleaned
 * again by a second program before it becomes a document.
 */
import DOMPurify from 'dompurify'
import { Marked, type Tokens } from 'marked'
import { isIntricate } from './code-lines.js'
import { goesBefore, isInside } from './handles.js'

export interface MarkdownOptions {
  readonly hrefOfTicket: (number: number) => string
  /** The handle that a text begins with. */
  readonly handleAt: (text: string) => string | undefined
  readonly imageWord: (alt: string) => string
  readonly boxWord: (isDone: boolean) => string
  /** How many boxes of task lists the text has that can be ticked; none can where others are found. */
  readonly boxes: number | undefined
}

const tags = [
  'a',
  'blockquote',
  'br',
  'code',
  'del',
  'em',
  'h3',
  'h4',
  'h5',
  'h6',
  'hr',
  'input',
  'li',
  'ol',
  'p',
  'pre',
  'span',
  'strong',
  'table',
  'tbody',
  'td',
  'th',
  'thead',
  'tr',
  'ul',
]
const attributes = ['align', 'checked', 'class', 'href', 'start', 'title', 'type']

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/gu, (sign) => `&#${sign.codePointAt(0)};`)
}

/** Addresses that a text may lead to. */
function isWeb(href: string): boolean {
  return /^(?:https?:\/\/|mailto:)/iu.test(href.trim()) && URL.canParse(href)
}

const sign = new RegExp(`(?<!${goesBefore})(?:#\\d|@\\S)`, 'u')

/** `#12` and `@ann` by themselves, outside of code and links. */
function marksIn(options: () => MarkdownOptions) {
  return {
    name: 'mark',
    level: 'inline' as const,
    start(text: string): number | undefined {
      return sign.exec(text)?.index
    },
    tokenizer(text: string, tokens: readonly { readonly raw: string }[]): Tokens.Generic | undefined {
      keepPace()
      // What is read may have been cut inside of a word: before an address that is none in the end, for instance.
      if (isInside(tokens.at(-1)?.raw.slice(-2) ?? '')) return undefined
      const handle = text.startsWith('@') ? options().handleAt(text.slice(1)) : undefined
      const raw = handle === undefined ? /^#\d{1,15}(?![\p{L}\p{N}_])/u.exec(text)?.[0] : `@${handle}`
      return raw === undefined ? undefined : { type: 'mark', raw }
    },
    renderer({ raw }: Tokens.Generic): string {
      if (raw.startsWith('@')) return `<span class="at">${escaped(raw)}</span>`
      return `<a class="ref" href="${escaped(options().hrefOfTicket(Number(raw.slice(1))))}">${escaped(raw)}</a>`
    },
  }
}

/** How long a text may take to be read, in milliseconds; what takes longer is shown as it is written. */
const READ_MS = 500
let readUntil = Infinity

/** Asked at each step of reading: neither quotes nor marks that need an age get one. */
function keepPace(): undefined {
  if (performance.now() > readUntil) throw new RangeError('The text takes too long to read.')
}

/** Takes nothing; it is asked at each block. */
const pace = { name: 'pace', level: 'block' as const, tokenizer: keepPace, renderer: () => '' }

let asked: MarkdownOptions | undefined
function options(): MarkdownOptions {
  if (asked === undefined) throw new Error('Nothing is being shown.')
  return asked
}

const marked = new Marked({
  gfm: true,
  breaks: true,
  renderer: {
    html: ({ text, block }: Tokens.HTML | Tokens.Tag) => (block === true ? `<p>${escaped(text)}</p>` : escaped(text)),
    code: ({ text }: Tokens.Code) => `<pre><code>${escaped(text)}\n</code></pre>`,
    heading({ tokens, depth }: Tokens.Heading): string {
      const level = Math.min(6, depth + 2)
      return `<h${level}>${this.parser.parseInline(tokens)}</h${level}>`
    },
    link({ href, title, tokens, raw }: Tokens.Link): string {
      if (!isWeb(href)) return escaped(raw)
      const more = typeof title === 'string' && title !== '' ? ` title="${escaped(title)}"` : ''
      return `<a href="${escaped(href)}"${more}>${this.parser.parseInline(tokens)}</a>`
    },
    image({ href, text, raw }: Tokens.Image): string {
      if (!isWeb(href)) return escaped(raw)
      return `<a class="image" href="${escaped(href)}">${escaped(options().imageWord(text))}</a>`
    },
    checkbox: ({ checked }: Tokens.Checkbox) => `<input type="checkbox" class="check"${checked ? ' checked' : ''}> `,
  },
})
marked.use({ extensions: [pace, marksIn(options)] })

/** Longer than this what is made of the longest text is only where it is meant to be. */
const HTML_MAX = 1_000_000

/** A text as a document; undefined where it would hold the page up, such as quotes in quotes by the thousand. */
export function documentOf(text: string, how: MarkdownOptions): DocumentFragment | undefined {
  if (isIntricate(text)) return undefined
  asked = how
  readUntil = performance.now() + READ_MS
  try {
    const html = marked.parse(text, { async: false })
    if (html.length > HTML_MAX) return undefined
    const made = DOMPurify.sanitize(html, {
      ALLOWED_TAGS: tags,
      ALLOWED_ATTR: attributes,
      ALLOW_DATA_ATTR: false,
      ALLOW_ARIA_ATTR: false,
      RETURN_DOM_FRAGMENT: true,
    })
    settle(made, how)
    return made
  } catch {
    return undefined
  } finally {
    asked = undefined
  }
}

/** Links open elsewhere and tell nobody where from; each block has the direction of its own text; boxes can be ticked, or not. */
function settle(made: DocumentFragment, { boxes: known, boxWord }: MarkdownOptions): void {
  for (const link of made.querySelectorAll('a')) {
    if (link.classList.contains('ref')) continue
    if (isWeb(link.getAttribute('href') ?? '')) {
      link.target = '_blank'
      link.rel = 'noopener noreferrer'
    } else link.replaceWith(...link.childNodes)
  }
  for (const block of made.querySelectorAll('p, li, h3, h4, h5, h6, td, th, blockquote, pre'))
    block.setAttribute('dir', 'auto')
  const boxes = made.querySelectorAll('input')
  for (const box of boxes) {
    box.disabled = boxes.length !== known
    const item = box.closest('li')
    box.setAttribute('aria-label', firstLine(item) || boxWord(box.checked))
    if (item !== null) besideBox(item, box)
  }
  for (const wide of made.querySelectorAll('table')) {
    const room = document.createElement('div')
    room.className = 'table-wrap'
    room.tabIndex = 0
    wide.replaceWith(room)
    room.append(wide)
  }
  for (const code of made.querySelectorAll('pre')) code.tabIndex = 0
}

function firstLine(item: Element | null): string {
  return item?.textContent?.trim().split('\n')[0] ?? ''
}

/** The box, and all the rest of its item beside it. */
function besideBox(item: Element, box: Element): void {
  const rest = document.createElement('div')
  box.remove()
  rest.append(...item.childNodes)
  item.append(box, rest)
  item.parentElement?.classList.add('todo')
}
