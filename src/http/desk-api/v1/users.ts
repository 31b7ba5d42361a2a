/** `/v1/users`: admins see and change all of them, agents see what they are called. Nobody is deleted: history keeps the name. */
import type { FastifyInstance } from 'fastify'
import type { User, UserChange, UserToCreate } from '../../../contract/v1/named.js'
import { findUser } from '../../../users/finding.js'
import { keyPartsOf } from '../../../users/key-parts.js'
import { isRole } from '../../../users/role.js'
import { userTable, type UserRecord } from '../../../users/tables.js'
import { may, type Viewer } from '../../../users/viewer.js'
import type { Desk } from './desk.js'
import { addNamed, isBody, type NamedRoutes } from './named.js'
import { timeText } from './ticket-json.js'

/** Adds the routes. */
export function addUsers(app: FastifyInstance, desk: Desk): void {
  const all = desk.store.reader.prepare(`SELECT ${userTable.columns.join(', ')} FROM users ORDER BY number`)
  addNamed(
    app,
    desk,
    users(() => all.all().map((row) => userTable.decode(row))),
  )
}

function users(all: () => readonly UserRecord[]): NamedRoutes<UserRecord, UserToCreate, UserChange> {
  return {
    plural: 'users',
    isNew: (body): body is UserToCreate => isBody(body),
    isChange: (body): body is UserChange => isBody(body),
    shape: 'User',
    noun: 'user',
    action: 'user.change',
    key: 'handle',
    readOnly: ['createdAt'],
    list: ({ viewer }) => all().filter((user) => maySeeUser(viewer, user)),
    find: ({ viewer, reading }, handle) => {
      const user = findUser(reading.records, handle)
      return user !== undefined && maySeeUser(viewer, user) ? user : undefined
    },
    numbered: ({ directory }, number) => directory.user(number),
    keyOf: ({ handle }) => handle,
    json: ({ viewer }, user): User => ({
      handle: user.handle,
      name: user.name === '' ? null : user.name,
      ...(seesAll(viewer, user) && {
        email: user.email === '' ? null : user.email,
        ...(isRole(user.role) && { role: user.role }),
        keys: [...keyPartsOf(user)],
      }),
      active: user.active === 1,
      ...(seesAll(viewer, user) && { createdAt: timeText(user.createdTime) }),
      version: user.version,
    }),
    create: async ({ store }, user, once, asker) => {
      const { result } = await store.run('user.create', { user, once }, asker)
      return { number: result.result.number, isReplayed: result.isReplayed }
    },
    change: ({ store }, { number }, change, version, asker) =>
      store.run('user.change', { number, change, version }, asker),
  }
}

/** Oneself, and for agents and admins everybody. */
function maySeeUser(viewer: Viewer, { number }: UserRecord): boolean {
  return may(viewer, 'user.handles') || viewer.user === number
}

function seesAll(viewer: Viewer, { number }: UserRecord): boolean {
  return may(viewer, 'user.read') || viewer.user === number
}
