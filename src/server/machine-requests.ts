/**
 * What whoever sits at the machine may ask of a desk: to make users and their credentials, to close it and to open it. Whoever can write
 * the data may do all of it anyway; this way each of it is an ordinary change, in the history and the audit like any other.
 */
import { linkUrl } from '../access/link-url.js'
import { newSecret, secretHash } from '../access/secret.js'
import type { MachineRequest } from '../contract/machine.js'
import type { DeskStore } from '../desk.js'
import type { Asker } from '../store/command.js'
import { RecordReader } from '../store/records.js'
import { findUser } from '../users/finding.js'
import { isRole } from '../users/role.js'
import { MACHINE_DOOR } from '../users/viewer.js'
import { lineOf, MachineLists } from './machine-lists.js'

/** Whoever sits at the machine: nobody in particular, who may do all of this. */
const MACHINE: Asker = { actor: null, door: MACHINE_DOOR }

/** What it came to: lines for people, and the secret where one was made. */
export interface MachineAnswer {
  readonly lines: readonly string[]
  readonly secret?: string
  /** Of a link: where it leads, where the desk runs and knows. */
  readonly url?: string
}

/** The desk refuses; the message says why and what to do. */
export class MachineRefusal extends Error {
  override readonly name = 'MachineRefusal'
}

type Asked<Do extends MachineRequest['do']> = Extract<MachineRequest, { readonly do: Do }>

function stillReached(address: string): string {
  return `Other machines can reach this desk at ${address}, so it is not opened: start it with --insecure if whoever reaches it may do all, or let it listen on 127.0.0.1.`
}

/** Carries out requests on an open store. Rejects with the command's refusal. */
export class MachineRequests {
  readonly #store: DeskStore
  readonly #lists: MachineLists
  readonly #records: RecordReader
  readonly #reachedAt: string | undefined
  /** What people call the desk by; undefined where it is not open to any yet. */
  url: string | undefined

  /** `reachedAt`: where other machines reach a desk that is not meant for all, which is why it is not opened to them. */
  constructor(store: DeskStore, reachedAt?: string) {
    this.#store = store
    this.#reachedAt = reachedAt
    this.#lists = new MachineLists(store.reader, () => store.now())
    this.#records = new RecordReader(store.reader)
  }

  async answer(request: MachineRequest): Promise<MachineAnswer> {
    switch (request.do) {
      case 'users':
      case 'tokens':
      case 'audit':
      case 'access':
        return { lines: this.#lists.lines(request) }
      case 'add-user':
        return this.#addUser(request)
      case 'set-active':
        return this.#setActive(request)
      case 'give-keys':
        return this.#giveKeys(request)
      case 'link':
        return this.#link(request.user)
      case 'first-link':
        return this.#link(null)
      case 'add-token':
        return this.#addToken(request)
      case 'revoke-token':
        await this.#store.run('token.revoke', { number: request.number }, MACHINE)
        return { lines: [`Token ${request.number} is revoked.`] }
      case 'close':
        await this.#store.run('desk.close', undefined, MACHINE)
        return { lines: ['The desk is closed: whoever asks needs a credential.'] }
      case 'open':
        if (this.#reachedAt !== undefined) throw new MachineRefusal(stillReached(this.#reachedAt))
        await this.#store.run('desk.open', undefined, MACHINE)
        return { lines: ['The desk is open: whoever reaches it may do all.'] }
    }
  }

  async #addUser({ handle, role, keys }: Asked<'add-user'>): Promise<MachineAnswer> {
    if (!isRole(role)) throw new Error(`'${role}' is no role`)
    const user = { handle, role, ...(keys.length > 0 && { keys }) }
    await this.#store.run('user.create', { user }, MACHINE)
    return { lines: [`The user ${handle} is there, with the role ${role}.`, ...keys.map(lineOf)] }
  }

  async #giveKeys({ user, keys }: Asked<'give-keys'>): Promise<MachineAnswer> {
    await this.#store.run('user.change', { number: this.#numberOf(user), change: { keys } }, MACHINE)
    return { lines: keys.length === 0 ? [`${user} has no part of the key tree.`] : keys.map(lineOf) }
  }

  async #setActive({ user, active }: Asked<'set-active'>): Promise<MachineAnswer> {
    await this.#store.run('user.change', { number: this.#numberOf(user), change: { active } }, MACHINE)
    return {
      lines: [active ? `${user} is active again.` : `${user} is not active any more: no credential of theirs counts.`],
    }
  }

  #numberOf(user: string): number {
    const found = findUser(this.#records, user)
    if (found === undefined) throw new MachineRefusal(`There is no user ${user}: 'etcdesk users' lists them.`)
    return found.number
  }

  async #link(user: string | null): Promise<MachineAnswer> {
    const secret = newSecret('link')
    await this.#store.run('link.create', { user, hash: secretHash(secret) }, MACHINE)
    const url = this.url === undefined ? undefined : linkUrl(this.url, secret, user === null)
    return { lines: [], secret, ...(url !== undefined && { url }) }
  }

  async #addToken({ user, name, scopes, expiresTime }: Asked<'add-token'>): Promise<MachineAnswer> {
    const secret = newSecret('token')
    const isService = findUser(this.#records, user)?.role === 'service'
    const granted = scopes ?? [isService ? 'keys:write' : 'write']
    const args = { token: { user, name, scopes: granted, expiresTime }, hash: secretHash(secret) }
    const { result } = await this.#store.run('token.create', args, MACHINE)
    return { lines: [`Token ${result.number} of ${user}, for ${granted.join(', ')}:`], secret }
  }
}
