/**
 * Who may read and change which part of the key tree: by the role, by what a service was given, and by the scopes of a token. Decided
 * here and nowhere else, for the keys API's door and for every command that writes a key.
 */
import { keyPrefixCharactersMax, keyPrefixesMax } from '../contract/limits.js'
import { ticketsPath } from '../contract/ticket-form.js'
import { covers, NO_KEYS, WHOLE_TREE, type Reach } from '../keytree/reach.js'
import { lineProblem } from '../names/characters.js'
import { below, type Faults } from '../names/refusal.js'
import { isGranted, keyShares } from './role.js'
import type { UserRecord } from './tables.js'
import type { Viewer } from './viewer.js'

/** A part of the tree that a service was given; who may write it may read it. */
export interface KeyPart {
  readonly prefix: string
  readonly access: 'read' | 'write'
}

/** How far one may read, and write. */
export interface KeyRights {
  readonly read: Reach
  readonly write: Reach
}

export const ALL_KEYS: KeyRights = { read: WHOLE_TREE, write: WHOLE_TREE }
export const NO_KEY: KeyRights = { read: NO_KEYS, write: NO_KEYS }

/** What a viewer may of the tree; `user` is the viewer's record, where there is one. */
export function keyRightsOf({ role, granted }: Viewer, user: UserRecord | undefined): KeyRights {
  if (role === undefined) return NO_KEY
  const { read, write } = ofRole(role, user)
  return {
    read: isGranted(granted, 'keys:read') ? read : NO_KEYS,
    write: isGranted(granted, 'keys:write') ? write : NO_KEYS,
  }
}

function ofRole(role: NonNullable<Viewer['role']>, user: UserRecord | undefined): KeyRights {
  switch (keyShares[role]) {
    case 'all':
      return ALL_KEYS
    case 'tickets':
      return TICKETS_ONLY
    case 'given': {
      const parts = user === undefined ? [] : keyPartsOf(user)
      const prefixes = (of: readonly KeyPart[]): Reach => of.map(({ prefix }) => prefix)
      return { read: prefixes(parts), write: prefixes(parts.filter(({ access }) => access === 'write')) }
    }
    case 'none':
      return NO_KEY
  }
}

const TICKETS_ONLY: KeyRights = { read: [ticketsPath], write: [ticketsPath] }

/** What a user was given. */
export function keyPartsOf({ keys }: UserRecord): readonly KeyPart[] {
  if (keys === '') return []
  const parts: readonly KeyPart[] = JSON.parse(keys)
  return parts
}

/** Rights as parts, for whoever is told of them. */
export function keyPartsIn({ read, write }: KeyRights): readonly KeyPart[] {
  return read.map((prefix) => ({ prefix, access: write.includes(prefix) ? 'write' : 'read' }))
}

/** As it is kept. */
export function keyPartsText(parts: readonly KeyPart[]): string {
  return parts.length === 0 ? '' : JSON.stringify(parts.map(({ prefix, access }) => ({ prefix, access })))
}

/** Notes why these can't be given; `pointer` is where they stand. */
export function checkKeyParts(parts: readonly KeyPart[], faults: Faults, pointer: string): void {
  if (parts.length > keyPrefixesMax) {
    faults.add('invalid_value', pointer, `There are ${parts.length} prefixes. Send at most ${keyPrefixesMax}.`)
  }
  const seen = new Set<string>()
  for (const [place, { prefix }] of parts.entries()) {
    const problem =
      prefixProblem(prefix) ?? (seen.has(prefix) ? 'The prefix stands here twice. Send it once.' : undefined)
    seen.add(prefix)
    if (problem !== undefined) faults.add('invalid_value', below(below(pointer, place), 'prefix'), problem)
  }
}

/** Says in a sentence why a text is no prefix that can be given; undefined where it is one. */
export function prefixProblem(prefix: string): string | undefined {
  const problem = lineProblem('The prefix', prefix, keyPrefixCharactersMax)
  if (problem !== undefined) return problem
  if (prefix === '/') return `All of the tree can not be given: '${ticketsPath}' is in it. Name what lies below.`
  const [before, ...parts] = prefix.split('/')
  if (before !== '' || parts.length === 0) return "A prefix begins with a slash. Send it as '/app'."
  if (parts.some((part) => part === '' || part === '.' || part === '..'))
    return "A prefix is a clean path: no part of it is empty, '.' or '..', and no slash ends it. Send it as '/app/settings'."
  if (covers([ticketsPath], prefix))
    return `What lies at and below '${ticketsPath}' is for admins and agents. Name another prefix.`
  return undefined
}
