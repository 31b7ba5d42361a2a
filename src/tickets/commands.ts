/**
 * The desk's commands on tickets, by their names. Each is one request: who asks is the transaction's asker, and each checks what that
 * one may do when it runs. What may be sent twice takes a `once`.
 */
import type { KeyCommands } from '../keytree/commands.js'
import { raised, repeatable } from '../names/raised.js'
import { runBatch, type Operation } from './batch.js'
import { changeTicket } from './change.js'
import { addComment, deleteComment, editComment, type CommentInput } from './comments.js'
import { createTicket } from './create.js'
import type { Guard, PartGuard } from './finding.js'
import { importTickets, type ImportedTicket } from './import.js'
import type { TicketInput } from './input.js'
import { addLink, removeLink, type LinkKind } from './links.js'
import { purgePart, type Purge } from './purge.js'
import { redact, type Redaction } from './redact.js'
import { deleteTicket, restoreTicket } from './remove.js'
import { restoreRemoval, type RemovalToRestore } from './removals.js'
import { undo, type Undo } from './undo.js'
import { addWatcher, removeWatcher } from './watchers.js'

export interface OfTicket {
  readonly number: number
}

export interface OfComment extends OfTicket {
  readonly comment: number
}

export interface OfLink extends OfTicket {
  readonly kind: LinkKind
  readonly other: number
}

export interface OfWatcher extends OfTicket {
  readonly handle: string
}

/** The commands by their names. */
export function ticketHandlers(keys: KeyCommands) {
  return {
    'ticket.create': repeatable((transaction, { ticket }: { readonly ticket: TicketInput }) => ({
      number: createTicket(keys, transaction, ticket),
    })),
    'ticket.change': raised((transaction, args: OfTicket & Guard & { readonly change: TicketInput }) => {
      changeTicket(keys, transaction, args.number, args.change, args)
      return {}
    }),
    'ticket.delete': raised((transaction, args: OfTicket & Guard) => {
      deleteTicket(keys, transaction, args.number, args)
      return {}
    }),
    'ticket.restore': repeatable((transaction, args: OfTicket & Guard) => {
      restoreTicket(keys, transaction, args.number, args)
      return { number: args.number }
    }),
    'ticket.purge': raised((transaction, args: Purge) => purgePart(transaction, args)),
    'ticket.redact': repeatable((transaction, args: OfTicket & { readonly what: Redaction }) => {
      redact(transaction, args.number, args.what)
      return { number: args.number }
    }),
    'ticket.batch': repeatable((transaction, { operations }: { readonly operations: readonly Operation[] }) => ({
      results: runBatch(keys, transaction, operations),
    })),
    'ticket.import': repeatable((transaction, { tickets }: { readonly tickets: readonly ImportedTicket[] }) => ({
      results: importTickets(keys, transaction, tickets),
    })),
    'ticket.undo': repeatable((transaction, args: Undo) => undo(keys, transaction, args)),
    'comment.add': repeatable((transaction, args: OfTicket & { readonly comment: CommentInput }) => ({
      number: args.number,
      comment: addComment(transaction, args.number, args.comment),
    })),
    'comment.edit': raised((transaction, args: OfComment & PartGuard & { readonly text: string }) => {
      editComment(transaction, args.number, args.comment, args.text, args)
      return {}
    }),
    'comment.delete': raised((transaction, args: OfComment & PartGuard) => {
      deleteComment(transaction, args.number, args.comment, args)
      return {}
    }),
    'link.add': repeatable((transaction, { number, kind, other }: OfLink) => {
      addLink(transaction, number, kind, other)
      return { number }
    }),
    'link.remove': raised((transaction, args: OfLink & PartGuard) => {
      removeLink(transaction, args.number, args.kind, args.other, args)
      return {}
    }),
    'watcher.add': repeatable((transaction, { number, handle }: OfWatcher) => {
      addWatcher(transaction, number, handle)
      return { number }
    }),
    'watcher.remove': raised((transaction, args: OfWatcher & PartGuard) => {
      removeWatcher(transaction, args.number, args.handle, args)
      return {}
    }),
    'removal.restore': raised((transaction, args: RemovalToRestore) => restoreRemoval(keys, transaction, args)),
  }
}
