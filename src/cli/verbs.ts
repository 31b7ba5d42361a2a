/**
 * Every verb of the command line: its name, what it does in a few words, and where it is. A verb's file is loaded only when
 * the verb is used, so that no verb makes another one slow to start.
 */
import type { Verb } from './verb.js'

export interface VerbEntry {
  readonly name: string
  readonly summary: string
  load(): Promise<{ readonly verb: Verb }>
}

export const verbs: readonly VerbEntry[] = [
  {
    name: 'serve',
    summary: 'start the server: the keys API and the desk',
    load: () => import('./verbs/serve.js'),
  },
  {
    name: 'menu',
    summary: 'work on tickets by a menu, on etcdesk or on an etcd with its v2 API',
    load: () => import('./verbs/menu.js'),
  },
  {
    name: 'users',
    summary: 'list the users of a desk, make one, give one a way in or shut one out',
    load: () => import('./verbs/users.js'),
  },
  {
    name: 'tokens',
    summary: 'list the tokens of a desk, make one and revoke one',
    load: () => import('./verbs/tokens.js'),
  },
  {
    name: 'audit',
    summary: 'list what was done with rights',
    load: () => import('./verbs/audit.js'),
  },
  {
    name: 'desk',
    summary: 'say whether a desk is open or closed, and change that',
    load: () => import('./verbs/desk.js'),
  },
  {
    name: 'nodes',
    summary: 'list the nodes of a desk in etcd, and remove one from the list',
    load: () => import('./verbs/nodes.js'),
  },
  {
    name: 'upgrade',
    summary: 'raise the format of the data in etcd, when every node is of this version',
    load: () => import('./verbs/upgrade.js'),
  },
  {
    name: 'compact',
    summary: 'give an etcd its room back',
    load: () => import('./verbs/compact.js'),
  },
  {
    name: 'copy',
    summary: 'carry a whole store to another place, between SQLite and etcd in either direction',
    load: () => import('./verbs/copy.js'),
  },
  {
    name: 'backup',
    summary: 'copy a store, running or not, to a file',
    load: () => import('./verbs/backup.js'),
  },
  {
    name: 'restore',
    summary: 'fill an empty store from a backup',
    load: () => import('./verbs/restore.js'),
  },
  {
    name: 'check',
    summary: 'look whether a store is what it should be',
    load: () => import('./verbs/check.js'),
  },
]
