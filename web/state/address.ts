/**
 * Where one is in the page: the address is the state, so that it can be copied, kept and gone back to. Links are links; what they lead to
 * within the page is shown without loading it anew.
 */
import { computed, signal } from '@preact/signals'
import type { TicketSort } from '../../src/client/client.js'
import { sortWords } from '../../src/contract/limits.js'
import { base } from './desk.js'

export const groupings = ['status', 'priority', 'assignee', 'queue'] as const
export type Grouping = (typeof groupings)[number]

export const settingsParts = [
  'queues',
  'statuses',
  'labels',
  'fields',
  'users',
  'tokens',
  'sessions',
  'preferences',
] as const
export type SettingsPart = (typeof settingsParts)[number]

export type Route =
  | {
      readonly view: 'list' | 'board'
      readonly q: string
      readonly sort: TicketSort | null
      readonly group: Grouping | null
    }
  | { readonly view: 'ticket'; readonly number: number; readonly at: string | null }
  | { readonly view: 'dashboard' }
  | { readonly view: 'keys'; readonly key: string }
  | { readonly view: 'settings'; readonly part: SettingsPart }
  | { readonly view: 'missing'; readonly path: string }

/** What the list shows where nothing else is asked for. */
export const OPEN = 'is:open'

interface Place {
  readonly path: string
  readonly search: string
  /** Which entry of the browser's history this is: what belongs to it is kept by it. */
  readonly entry: number
}

let entries = 0

function placeNow(): Place {
  const state: unknown = history.state
  const entry = typeof state === 'number' ? state : 0
  entries = Math.max(entries, entry)
  const { pathname, search } = location
  return { path: pathname.startsWith(base) ? pathname.slice(base.length) : pathname.slice(1), search, entry }
}

const place = signal(placeNow())
/** The entry of the browser's history that is shown. */
export const entry = computed(() => place.value.entry)
export const route = computed(() => parseRoute(place.value.path, new URLSearchParams(place.value.search)))

addEventListener('popstate', () => (place.value = placeNow()))

export function parseRoute(path: string, query: URLSearchParams): Route {
  const [head = '', ...rest] = path.split('/')
  switch (head) {
    case '':
    case 'board': {
      if (rest.length > 0 && rest.join('') !== '') break
      const group = groupings.find((one) => one === query.get('group')) ?? null
      return { view: head === '' ? 'list' : 'board', q: query.get('q') ?? OPEN, sort: sortOf(query.get('sort')), group }
    }
    case 't': {
      const number = /^\d{1,15}$/u.test(rest[0] ?? '') ? Number(rest[0]) : 0
      if (number > 0) return { view: 'ticket', number, at: query.get('at') }
      break
    }
    case 'dashboard':
      return { view: 'dashboard' }
    case 'keys':
      return { view: 'keys', key: `/${rest.map((part) => decode(part)).join('/')}` }
    case 'settings': {
      const part = settingsParts.find((one) => one === rest[0])
      if (part !== undefined || rest.join('') === '') return { view: 'settings', part: part ?? 'queues' }
      break
    }
    default:
  }
  return { view: 'missing', path: `/${path}` }
}

/** An order by its name, with or without a direction; null where it is none. */
export function sortOf(text: string | null): TicketSort | null {
  for (const word of sortWords) {
    for (const sort of [word, `${word}-asc`, `${word}-desc`] as const) if (sort === text) return sort
  }
  return null
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** The address of a route, to link to. */
export function hrefOf(to: Route): string {
  switch (to.view) {
    case 'list':
    case 'board': {
      const query = new URLSearchParams()
      if (to.q !== OPEN) query.set('q', to.q)
      if (to.sort !== null) query.set('sort', to.sort)
      if (to.group !== null) query.set('group', to.group)
      const text = query.toString()
      return `${base}${to.view === 'board' ? 'board' : ''}${text && `?${text}`}`
    }
    case 'ticket':
      return `${base}t/${to.number}${to.at === null ? '' : `?at=${encodeURIComponent(to.at)}`}`
    case 'dashboard':
      return `${base}dashboard`
    case 'keys':
      return `${base}keys${
        to.key === '/'
          ? ''
          : to.key
              .split('/')
              .map((part) => encodeURIComponent(part))
              .join('/')
      }`
    case 'settings':
      return `${base}settings/${to.part}`
    case 'missing':
      return base
    default:
      return to satisfies never
  }
}

/** The list of a search. */
export const listOf = (
  q: string,
  more: { readonly sort?: TicketSort; readonly group?: Grouping } = {},
): Extract<Route, { view: 'list' | 'board' }> => ({
  view: 'list',
  q,
  sort: more.sort ?? null,
  group: more.group ?? null,
})

export const ticketOf = (number: number, at: string | null = null): Route => ({ view: 'ticket', number, at })

/** Goes somewhere: a new entry in the browser's history, or in the place of this one. */
export function go(to: Route | string, options: { readonly replace?: boolean } = {}): void {
  const href = typeof to === 'string' ? to : hrefOf(to)
  if (options.replace === true) history.replaceState(place.peek().entry, '', href)
  else history.pushState(++entries, '', href)
  place.value = placeNow()
}

/** Back to where one came from, or to the list where one came from elsewhere. */
export function goBack(): void {
  if (place.peek().entry > 0) history.back()
  else go(listOf(OPEN))
}

/** Lets links within the page change it, as long as nothing else was meant by the click. */
export function followLinks(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
    return
  const link = event.target instanceof Element ? event.target.closest('a') : null
  if (link === null || link.target !== '' || link.hasAttribute('download') || link.origin !== location.origin) return
  if (!link.pathname.startsWith(base)) return
  if (link.hash !== '' && link.pathname === location.pathname) return
  const to = parseRoute(link.pathname.slice(base.length), new URLSearchParams(link.search))
  if (to.view === 'missing') return
  event.preventDefault()
  go(link.pathname + link.search)
}
