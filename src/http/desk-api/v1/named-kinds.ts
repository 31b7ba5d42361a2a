/** The kinds of what has a name: how each is shown, and which commands its verbs are. */
import type { FastifyInstance } from 'fastify'
import { fieldsIn, namesIn, shownColumns } from '../../../catalogue/views.js'
import { choicesOf, isFieldType } from '../../../catalogue/fields.js'
import { CatalogueQueries } from '../../../catalogue/queries.js'
import { fieldsOfQueue } from '../../../catalogue/queues.js'
import { categoryOf, movesOf } from '../../../catalogue/statuses.js'
import type { FieldRecord, LabelRecord, QueueRecord, StatusRecord, ViewRecord } from '../../../catalogue/tables.js'
import type {
  CustomField,
  CustomFieldChange,
  CustomFieldToCreate,
  Label,
  LabelChange,
  LabelToCreate,
  Queue,
  QueueChange,
  QueueToCreate,
  Status,
  StatusChange,
  StatusToCreate,
  View,
  ViewChange,
  ViewToCreate,
} from '../../../contract/v1/named.js'
import type { Done } from '../../../names/once.js'
import { SearchLookup } from '../../../search/lookup.js'
import { shownQuery } from '../../../search/saved.js'
import type { Desk, Look } from './desk.js'
import { addNamed, isBody, type NamedRoutes } from './named.js'
import { usesOf } from './uses.js'

/** Adds the routes of statuses, queues, labels, fields and views. */
export function addCatalogue(app: FastifyInstance, desk: Desk): void {
  const queries = new CatalogueQueries(desk.store.reader)
  addNamed(app, desk, labels(queries))
  addNamed(app, desk, statuses(queries))
  addNamed(app, desk, queues(queries))
  addNamed(app, desk, fields(queries))
  addNamed(app, desk, views(queries, desk))
}

function made({ result }: { readonly result: Done<{ readonly number: number }> }) {
  return { number: result.result.number, isReplayed: result.isReplayed }
}

function textOrNull(text: string): string | null {
  return text === '' ? null : text
}

function labels(queries: CatalogueQueries): NamedRoutes<LabelRecord, LabelToCreate, LabelChange> {
  return {
    plural: 'labels',
    isNew: (body): body is LabelToCreate => isBody(body),
    isChange: (body): body is LabelChange => isBody(body),
    shape: 'Label',
    noun: 'label',
    action: 'label.change',
    key: 'name',
    list: ({ viewer }) => queries.labels(viewer),
    find: ({ viewer }, name) => queries.label(viewer, name),
    numbered: ({ directory }, number) => directory.label(number),
    keyOf: ({ name }) => name,
    json: (_look, { name, archived, version, color, description }): Label => ({
      name,
      archived: archived === 1,
      version,
      color: textOrNull(color),
      description: textOrNull(description),
    }),
    create: async ({ store }, label, once, asker) => made(await store.run('label.create', { label, once }, asker)),
    change: ({ store }, { name }, change, version, asker) =>
      store.run('label.change', { name, change, version }, asker),
    remove: async (desk, row, into, version, asker) => {
      const uses = into === undefined ? await usesOf(desk, 'label', row, version) : undefined
      return desk.store.run('label.delete', { name: row.name, into, version, uses }, asker)
    },
    merge: async ({ store }, name, into, version, once, asker) =>
      made(await store.run('label.merge', { name, into, version, once }, asker)),
  }
}

function statuses(queries: CatalogueQueries): NamedRoutes<StatusRecord, StatusToCreate, StatusChange> {
  return {
    plural: 'statuses',
    isNew: (body): body is StatusToCreate => isBody(body),
    isChange: (body): body is StatusChange => isBody(body),
    shape: 'Status',
    noun: 'status',
    action: 'catalogue.change',
    key: 'name',
    list: ({ viewer }) => queries.statuses(viewer),
    find: ({ viewer }, name) => queries.status(viewer, name),
    numbered: ({ directory }, number) => directory.status(number).record,
    keyOf: ({ name }) => name,
    json: ({ reading }, status): Status => ({
      name: status.name,
      archived: status.archived === 1,
      version: status.version,
      category: categoryOf(status),
      position: status.position,
      moves: movesOf(reading.records, status)?.map(({ name }) => name) ?? null,
    }),
    create: async ({ store }, status, once, asker) => made(await store.run('status.create', { status, once }, asker)),
    change: ({ store }, { name }, change, version, asker) =>
      store.run('status.change', { name, change, version }, asker),
    remove: async (desk, row, into, version, asker) => {
      const uses = into === undefined ? await usesOf(desk, 'status', row, version) : undefined
      return desk.store.run('status.delete', { name: row.name, into, version, uses }, asker)
    },
    merge: async ({ store }, name, into, version, once, asker) =>
      made(await store.run('status.merge', { name, into, version, once }, asker)),
  }
}

function queues(queries: CatalogueQueries): NamedRoutes<QueueRecord, QueueToCreate, QueueChange> {
  return {
    plural: 'queues',
    isNew: (body): body is QueueToCreate => isBody(body),
    isChange: (body): body is QueueChange => isBody(body),
    shape: 'Queue',
    noun: 'queue',
    action: 'catalogue.change',
    key: 'name',
    list: ({ viewer }) => queries.queues(viewer),
    find: ({ viewer }, name) => queries.queue(viewer, name),
    numbered: ({ directory }, number) => directory.queue(number).record,
    keyOf: ({ name }) => name,
    json: ({ directory }, queue): Queue => ({
      name: queue.name,
      archived: queue.archived === 1,
      version: queue.version,
      description: textOrNull(queue.description),
      defaultAssignee: directory.handle(queue.assignee),
      public: queue.public === 1,
      fields: fieldsOfQueue(queue).map(({ field, required, public: isPublic }) => ({
        name: directory.field(field).name,
        required,
        public: isPublic,
      })),
    }),
    create: async ({ store }, { defaultAssignee: assignee, ...queue }, once, asker) =>
      made(await store.run('queue.create', { queue: { ...queue, assignee }, once }, asker)),
    change: ({ store }, { name }, { defaultAssignee: assignee, ...change }, version, asker) =>
      store.run('queue.change', { name, change: { ...change, assignee }, version }, asker),
    remove: async (desk, row, _into, version, asker) => {
      const uses = await usesOf(desk, 'queue', row, version)
      return desk.store.run('queue.delete', { name: row.name, version, uses }, asker)
    },
  }
}

function fields(queries: CatalogueQueries): NamedRoutes<FieldRecord, CustomFieldToCreate, CustomFieldChange> {
  return {
    plural: 'fields',
    isNew: (body): body is CustomFieldToCreate => isBody(body),
    isChange: (body): body is CustomFieldChange => isBody(body),
    shape: 'CustomField',
    noun: 'field',
    action: 'catalogue.change',
    key: 'name',
    list: ({ viewer }) => queries.fields(viewer),
    find: ({ viewer }, name) => queries.field(viewer, name),
    numbered: ({ directory }, number) => directory.field(number),
    keyOf: ({ name }) => name,
    json: (_look, field): CustomField => ({
      name: field.name,
      archived: field.archived === 1,
      version: field.version,
      type: isFieldType(field.type) ? field.type : 'text',
      description: textOrNull(field.description),
      choices: field.type === 'choice' ? [...choicesOf(field)] : null,
    }),
    create: async ({ store }, field, once, asker) => made(await store.run('field.create', { field, once }, asker)),
    change: ({ store }, { name }, change, version, asker) =>
      store.run('field.change', { name, change, version }, asker),
    remove: async (desk, row, _into, version, asker) => {
      const uses = await usesOf(desk, 'field', row, version)
      return desk.store.run('field.delete', { name: row.name, version, uses }, asker)
    },
  }
}

function views(queries: CatalogueQueries, { store }: Desk): NamedRoutes<ViewRecord, ViewToCreate, ViewChange> {
  /** What views name is looked up once for all of a list. */
  const lookups = new WeakMap<Look, SearchLookup>()
  const lookupOf = (look: Look): SearchLookup => {
    const lookup = lookups.get(look) ?? new SearchLookup(store.reader, look.reading.records, look.viewer)
    lookups.set(look, lookup)
    return lookup
  }
  /** What names something that one may not know of is as little there as that, but for whose it is. */
  const isShown = (look: Look, view: ViewRecord | undefined): view is ViewRecord => {
    if (view === undefined || look.viewer.isStaff || view.owner !== null) return view !== undefined
    const lookup = lookupOf(look)
    return (
      namesIn(view).every(({ kind, number }) => lookup.nameOf(kind, number) !== undefined) &&
      fieldsIn(view).every(({ field }) => lookup.nameOf('field', field) !== undefined)
    )
  }
  const shown = (look: Look, view: ViewRecord | undefined): ViewRecord | undefined =>
    isShown(look, view) ? view : undefined
  return {
    plural: 'views',
    isNew: (body): body is ViewToCreate => isBody(body),
    isChange: (body): body is ViewChange => isBody(body),
    shape: 'View',
    noun: 'view',
    readOnly: ['id'],
    key: 'id',
    list: (look) => queries.views(look.viewer).filter((view) => isShown(look, view)),
    find: (look, id) => (/^\d{1,15}$/u.test(id) ? shown(look, queries.view(look.viewer, Number(id))) : undefined),
    numbered: (look, number) => shown(look, queries.view(look.viewer, number)),
    keyOf: ({ number }) => String(number),
    json: (look, view): View => ({
      id: view.number,
      name: view.name,
      owner: look.directory.handle(view.owner),
      query: shownQuery(lookupOf(look), view),
      columns: [...shownColumns(view, (field) => lookupOf(look).nameOf('field', field))],
      sort: textOrNull(view.sort),
      version: view.version,
    }),
    create: async ({ store }, view, once, asker) => made(await store.run('view.create', { view, once }, asker)),
    change: ({ store }, { number }, change, version, asker) =>
      store.run('view.change', { number, change, version }, asker),
    remove: ({ store }, { number }, _into, version, asker) => store.run('view.delete', { number, version }, asker),
  }
}
