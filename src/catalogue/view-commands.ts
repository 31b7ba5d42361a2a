/**
 * Views: made, changed and removed, one's own by anybody who may read, everybody's by those who may share. A search is read when it is
 * sent: what nobody could ask is not saved. What it names is kept by number beside it.
 */
import { nameCharactersMax, viewColumnCharactersMax, viewColumnsMax, viewsMax } from '../contract/limits.js'
import { lineProblem } from '../names/characters.js'
import { emitDesk, encodeDetail } from '../names/detail.js'
import { folded, trimmed } from '../names/name.js'
import { nextNumber } from '../names/numbers.js'
import { raised, repeatable } from '../names/raised.js'
import { below, DeskRefusal, Faults } from '../names/refusal.js'
import type { Transaction } from '../store/command.js'
import { findUser } from '../users/finding.js'
import { demand, viewerOf, type Viewer } from '../users/viewer.js'
import { checkName, demandVersion } from './naming.js'
import { maySeeView } from './sight.js'
import { viewTable, type ViewRecord } from './tables.js'
import {
  fieldsAmong,
  fieldsIn,
  findView,
  namedBy,
  namesIn,
  namesText,
  shownColumns,
  type ViewSearches,
} from './views.js'

/** Members that are not there are left as they are. */
export interface ViewInput {
  readonly name?: string | undefined
  /** A search. The one that is shown today changes nothing. */
  readonly query?: string | undefined
  readonly columns?: readonly string[] | null | undefined
  readonly sort?: string | null | undefined
  /** One's own handle, which is what a new one has where nothing is said; null for everybody. */
  readonly owner?: string | null | undefined
}

export interface OfView {
  readonly number: number
  readonly version?: number | undefined
}

/** The commands by their names. */
export function viewHandlers(searches: ViewSearches) {
  return {
    'view.create': repeatable((transaction, { view }: { readonly view: ViewInput & { readonly name: string } }) => ({
      number: createView(transaction, view, searches),
    })),
    'view.change': raised((transaction, args: OfView & { readonly change: ViewInput }) => ({
      number: changeView(transaction, args, args.change, searches),
    })),
    'view.delete': raised((transaction, args: OfView) => ({ number: deleteView(transaction, args) })),
  }
}

function createView(
  transaction: Transaction,
  input: ViewInput & { readonly name: string },
  searches: ViewSearches,
): number {
  const viewer = viewerOf(transaction, transaction.asker)
  const faults = new Faults()
  const owner = ownerAfter(transaction, viewer, viewer.user, input.owner, faults)
  demandRight(viewer, owner)
  const { nextIndex: version } = transaction
  const bare = { number: 0, name: trimmed(input.name), owner, query: '', columns: '', sort: '', version, names: '' }
  const search = searchAfter(transaction, viewer, bare, input, searches, faults)
  const columns = columnsAfter(transaction, viewer, bare, input, searches, faults)
  const draft = edited(bare, input, { owner, ...search }, columns, faults)
  demandPlace(transaction, draft)
  const view = { ...draft, number: nextNumber(transaction, 'views') }
  keep(transaction, 'created', view, view)
  return view.number
}

function changeView(
  transaction: Transaction,
  { number, version }: OfView,
  change: ViewInput,
  searches: ViewSearches,
): number {
  const viewer = viewerOf(transaction, transaction.asker)
  const view = demandView(transaction, viewer, number)
  const faults = new Faults()
  const owner = ownerAfter(transaction, viewer, view.owner, change.owner, faults)
  demandRight(viewer, owner)
  const search = searchAfter(transaction, viewer, view, change, searches, faults)
  const columns = columnsAfter(transaction, viewer, view, change, searches, faults)
  const next = edited(view, change, { owner, ...search }, columns, faults)
  demandVersion(view, version)
  if (JSON.stringify(next) === JSON.stringify(view)) return number
  demandPlace(transaction, next)
  keep(transaction, 'changed', { ...next, version: transaction.nextIndex }, view)
  return number
}

function deleteView(transaction: Transaction, { number, version }: OfView): number {
  const view = demandView(transaction, viewerOf(transaction, transaction.asker), number)
  demandVersion(view, version)
  transaction.delete(viewTable, String(number))
  tell(transaction, 'deleted', { ...view, version: transaction.nextIndex }, view)
  return number
}

/** The view, which one has to be allowed to change: that of another user is not there. */
function demandView(transaction: Transaction, viewer: Viewer, number: number): ViewRecord {
  const view = findView(transaction, number)
  if (view === undefined || !maySeeView(viewer, view)) throw new DeskRefusal('not_found')
  demandRight(viewer, view.owner)
  return view
}

/** Everybody's needs a right of its own; one's own only that one is somebody who may read. */
function demandRight(viewer: Viewer, owner: number | null): void {
  demand(viewer, owner === null ? 'view.share' : 'catalogue.read')
}

/** Whose it is to be: one's own, or everybody's. What nobody in particular makes on an open desk is everybody's. */
function ownerAfter(
  transaction: Transaction,
  viewer: Viewer,
  before: number | null,
  handle: string | null | undefined,
  faults: Faults,
): number | null {
  if (handle === null) return null
  if (handle === undefined) return before
  const user = findUser(transaction, handle)
  if (user !== undefined && user.number === viewer.user) return user.number
  faults.add('invalid_value', '/owner', "A view is one's own or everybody's. Send your own handle, or null.")
  return before
}

type Searched = Pick<ViewRecord, 'query' | 'sort' | 'names'>

/** The search that a view is to have. Where nothing of it changes it stays as it is kept, also one that is understood no more. */
function searchAfter(
  transaction: Transaction,
  viewer: Viewer,
  view: ViewRecord,
  input: ViewInput,
  searches: ViewSearches,
  faults: Faults,
): Searched {
  const shown = searches.shown(transaction, viewer, view)
  const query = input.query ?? shown
  const sort = input.sort === undefined ? view.sort : (input.sort ?? '')
  const before = { query: view.query, sort: view.sort, names: view.names }
  if (query === shown && sort === view.sort) return before
  const queryProblem = query === shown ? undefined : lineProblem('The query', query)
  const sortProblem = lineProblem('The sort', sort, nameCharactersMax)
  if (queryProblem !== undefined) faults.add('invalid_value', '/query', queryProblem)
  if (sortProblem !== undefined) faults.add('invalid_value', '/sort', sortProblem)
  if (queryProblem !== undefined || sortProblem !== undefined) return before
  const read = searches.read(transaction, viewer, { query, sort })
  if ('problem' in read) {
    faults.add('invalid_value', `/${read.member}`, read.problem)
    return before
  }
  const next = { query, sort, names: namesText(read.names) }
  // The same names in other letters are no change.
  return searches.shown(transaction, viewer, next) === shown ? { ...before, sort } : next
}

/** The columns that a view is to have, with the fields that they name. Those that are shown today change nothing. */
function columnsAfter(
  transaction: Transaction,
  viewer: Viewer,
  view: ViewRecord,
  { columns }: ViewInput,
  searches: ViewSearches,
  faults: Faults,
): Pick<ViewRecord, 'columns' | 'names'> {
  const before = { columns: view.columns, names: view.names }
  if (columns === undefined) return before
  const shown = shownColumns(view, (field) => searches.fieldName(transaction, viewer, field))
  if (JSON.stringify(columns ?? []) === JSON.stringify(shown)) return before
  const fields = fieldsAmong(columns ?? [], (name) => searches.fieldNumber(transaction, viewer, name))
  return { columns: columnsText(columns ?? [], faults), names: namesText([], fields) }
}

function edited(
  view: ViewRecord,
  { name }: ViewInput,
  settled: Searched & Pick<ViewRecord, 'owner'>,
  { columns, names: inColumns }: Pick<ViewRecord, 'columns' | 'names'>,
  faults: Faults,
): ViewRecord {
  checkName(name, faults)
  const next = {
    ...view,
    ...settled,
    name: name === undefined ? view.name : trimmed(name),
    columns,
    names: namesText(namesIn(settled), fieldsIn({ query: '', names: inColumns })),
  }
  faults.refuse()
  return next
}

function columnsText(columns: readonly string[], faults: Faults): string {
  const at = '/columns'
  if (columns.length > viewColumnsMax) {
    faults.add('invalid_value', at, `A view shows at most ${viewColumnsMax} columns. Send less.`)
    return ''
  }
  for (const [place, column] of columns.entries()) {
    const problem =
      (column === '' ? 'A column has a name. Send it.' : undefined) ??
      (columns.indexOf(column) < place ? 'The column is there twice. Send each once.' : undefined) ??
      lineProblem('The column', column, viewColumnCharactersMax)
    if (problem !== undefined) faults.add('invalid_value', below(at, place), problem)
  }
  return columns.length === 0 ? '' : JSON.stringify(columns)
}

/** Throws where its owner has another one of the name, or has too many. */
function demandPlace(transaction: Transaction, { number, name, owner }: ViewRecord): void {
  const rows = transaction.query(
    `SELECT ${viewTable.columns.join(', ')} FROM views WHERE owner IS ? AND number <> ? LIMIT ?`,
    owner,
    number,
    viewsMax,
  )
  const holder = rows.map((row) => viewTable.decode(row)).find((other) => folded(other.name) === folded(name))
  if (holder !== undefined) {
    const detail = `The name is taken by the view '${holder.name}', number ${holder.number}. Choose another one, or use that.`
    throw new DeskRefusal('name_taken', detail, [{ pointer: '/name', detail }], { taken: holder.name })
  }
  if (rows.length < viewsMax) return
  throw new DeskRefusal('full', `There are ${rows.length} views, which is as many as may be. Delete one first.`)
}

function keep(transaction: Transaction, what: 'created' | 'changed', view: ViewRecord, previous: ViewRecord): void {
  transaction.put(viewTable, String(view.number), view)
  tell(transaction, what, view, previous)
}

/**
 * Of one's own nobody else is told, nor of the name that one gives to what was everybody's. What one of everybody's names, and named before,
 * goes with it: who may not know of that is not told.
 */
function tell(
  transaction: Transaction,
  what: 'created' | 'changed' | 'deleted',
  view: ViewRecord,
  previous: ViewRecord,
): void {
  const { number, name, owner, version } = view
  const isOwn = owner !== null && previous.owner !== null
  const detail = encodeDetail(transaction, `view.${what}`, {
    view: number,
    name: owner === null ? name : previous.name,
    owner,
    version,
    ...(isOwn && { hidden: true }),
    ...(owner === null && { names: namedBy(view) }),
    ...(what === 'changed' && previous.owner === null && { namesBefore: namedBy(previous) }),
  })
  emitDesk(transaction, `views/${number}`, detail)
}
