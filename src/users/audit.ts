/**
 * What was done with rights, as records of its own: sign-ins, credentials, changes of rights, purges and erased texts. Kept for two years;
 * what is older goes four at a time with what comes.
 */
import type { AuditKind } from '../contract/audit-kinds.js'
import { emitDesk, emitNamed, encodeDetail } from '../names/detail.js'
import { raised } from '../names/raised.js'
import type { Transaction } from '../store/command.js'
import { auditTable } from './tables.js'

const KEPT_MS = 2 * 365 * 24 * 60 * 60 * 1000

/** Old rows that go with each new one. */
const EXPIRED_MAX = 4

/** Writes down what this command does, as of the event that it made last. */
export function audit(transaction: Transaction, kind: AuditKind, about: object): void {
  const { asker, time, nextIndex } = transaction
  const index = nextIndex - 1
  forgetOld(transaction)
  transaction.put(auditTable, String(index), {
    index,
    time,
    kind,
    actor: asker.actor,
    door: asker.door,
    address: asker.address ?? '',
    about: JSON.stringify(about),
  })
}

/** What a node counted of its refusals since it wrote last. */
export interface CountedRefusals {
  readonly status: number
  readonly count: number
  /** Those that were refused most. */
  readonly addresses: readonly { readonly address: string; readonly count: number }[]
  /** The id of the node. */
  readonly node: string
}

/** The command by its name; the nodes themselves send it, and no door. */
export function auditHandlers() {
  return {
    'audit.refused': raised((transaction, counted: CountedRefusals) => {
      // Nobody's rights changed: whoever remembers them need not look again.
      emitDesk(transaction, 'access', encodeDetail(transaction, 'access.refused', { hidden: true }))
      audit(transaction, 'refused', counted)
      return {}
    }),
  }
}

/**
 * The same of what makes no event otherwise: nobody but whoever reads the audit learns of it. Whoever remembers who may what looks again,
 * as after a change of names.
 */
export function auditAlone(transaction: Transaction, kind: AuditKind, about: object): void {
  emitNamed(transaction, 'access', encodeDetail(transaction, `access.${kind}`, { hidden: true }))
  audit(transaction, kind, about)
}

function forgetOld(transaction: Transaction): void {
  const old = transaction.query(
    'SELECT idx FROM audit WHERE time <= ? ORDER BY time LIMIT ?',
    transaction.time - KEPT_MS,
    EXPIRED_MAX,
  )
  for (const { idx } of old) transaction.delete(auditTable, String(idx))
}
