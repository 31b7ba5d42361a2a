/**
 * The shapes of the lab's ticket API and the lab's own words. The routes check requests with these schemas and the OpenAPI
 * document is made from the same ones, so that the two can not differ.
 */
import Type from 'typebox'
import type { Static } from 'typebox'
import { deskErrors } from './errors.js'
import {
  ticketIdDigits,
  ticketIdPattern,
  ticketNumberForms,
  ticketNumberPattern,
  titleCharactersMax,
  titleLength,
} from './ticket-form.js'

/** The most tickets that one page holds. */
export const pageTicketsMax = 1000
/** The tickets on a page whose size was not asked for. */
export const pageTicketsDefault = 100
/** No real ticket number is longer; a longer one is refused before anything looks for it. */
const ticketIdCharactersMax = 64

export const TicketId = Type.String({
  $id: 'TicketId',
  pattern: ticketIdPattern,
  description: `The number of a ticket: ${ticketIdDigits} digits with leading zeros.`,
  examples: ['00000000000000000012'],
})

export const Title = Type.String({
  $id: 'Title',
  minLength: 1,
  maxLength: titleCharactersMax,
  description: `What the ticket is about, ${titleLength}.`,
  examples: ['Learning to add tickets'],
})
const titleReference = Type.Unsafe<string>({ $ref: 'Title#' })

/** The body of `POST /tickets`. */
export const NewTicket = Type.Object(
  { value: titleReference },
  {
    $id: 'NewTicket',
    description: 'The title of a ticket, new or changed.',
    additionalProperties: false,
    examples: [{ value: 'Learning to add tickets' }],
  },
)
export type NewTicket = Static<typeof NewTicket>

/** The body of `PUT /tickets/{id}`. */
export const ChangedTicket = Type.Object(
  { value: titleReference },
  {
    $id: 'ChangedTicket',
    description: 'The new title of the ticket that the path names.',
    additionalProperties: false,
    examples: [{ value: 'PUT it there!' }],
  },
)
export type ChangedTicket = Static<typeof ChangedTicket>

/** The body of `PUT /tickets`, as the lab has it. */
export const TicketUpdate = Type.Object(
  {
    msg: titleReference,
    ticket_id: Type.Unsafe<string | number>({
      description: `The number of the ticket: ${ticketNumberForms}.`,
      anyOf: [
        { type: 'string', minLength: 1, maxLength: ticketIdCharactersMax },
        { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
      ],
    }),
  },
  {
    $id: 'TicketUpdate',
    description: 'The new title of a ticket, and which.',
    additionalProperties: false,
    examples: [{ msg: 'PUT it there!', ticket_id: '00000000000000000001' }],
  },
)
export type TicketUpdate = Static<typeof TicketUpdate>

export const TicketList = Type.Object(
  { tickets: Type.Array(Type.Unsafe<string>({ $ref: 'TicketId#' })) },
  {
    $id: 'TicketList',
    description: 'The numbers of tickets, in order.',
    additionalProperties: false,
    examples: [{ tickets: ['00000000000000000010'] }],
  },
)
export type TicketList = Static<typeof TicketList>

/** An answer that is only words. */
export const Message = Type.Object(
  { msg: Type.String() },
  {
    $id: 'Message',
    description: 'An answer in words.',
    additionalProperties: false,
    examples: [{ msg: deskErrors.ticket_not_found.sentence }],
  },
)
export type Message = Static<typeof Message>

const consistency = Type.Optional(
  Type.Unsafe<Consistency>({
    type: 'string',
    enum: ['local', 'strong'],
    description:
      '`local`, as without it: what this node knows, which over etcd may be a moment old. `strong`: everything that was answered anywhere before; 503 where that can not be had in time.',
  }),
)
export type Consistency = 'local' | 'strong'

/** The query of what takes no parameters. */
export const NoQuery = Type.Object({}, { additionalProperties: false })

/** The query of `GET /tickets/{id}`. */
export const TicketQuery = Type.Object({ consistency }, { additionalProperties: false })
export type TicketQuery = Static<typeof TicketQuery>

/** The query of `GET /tickets`. */
export const ListQuery = Type.Object(
  {
    limit: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: pageTicketsMax,
        description: `At most so many tickets: a page. ${pageTicketsDefault} where only \`after\` is given.`,
        examples: [50],
      }),
    ),
    after: Type.Optional(
      Type.String({
        pattern: ticketNumberPattern,
        description: 'Only tickets with greater numbers than this one: the last of the page before.',
        examples: ['00000000000000000010'],
      }),
    ),
    consistency,
  },
  { additionalProperties: false },
)
export type ListQuery = Static<typeof ListQuery>

/** A yes or no in a query, which is always text. */
const flag = (description: string) =>
  Type.Optional(Type.Unsafe<'true' | 'false'>({ type: 'string', enum: ['true', 'false'], description }))

/** The query of `DELETE /tickets`: one ticket, or all. */
export const DeleteQuery = Type.Object(
  {
    ticket_id: Type.Optional(
      Type.String({
        maxLength: ticketIdCharactersMax,
        description: `The number of the ticket to delete: ${ticketNumberForms}.`,
        examples: ['00000000000000000012'],
      }),
    ),
    dir: flag('With `recursive=true`, instead of `ticket_id`: delete every ticket.'),
    recursive: flag('With `dir=true`: delete every ticket.'),
  },
  { additionalProperties: false },
)

/** The lab's own words, to the letter. */
export const labWords = {
  /** The list where there has never been a ticket, or all were removed at once: etcd's error code for a missing key. */
  noDirectory: 'Error Code: 100',
  /** The list where each ticket was deleted by itself. */
  noTickets: 'No Tickets Found! Good Work!',
  ticketNotFound: deskErrors.ticket_not_found.sentence,
  cannotUpdate: (id: string) => `Unable to update ticket # ${id}`,
  cannotDelete: deskErrors.missing_ticket_id.sentence,
  deleted: (id: string) => `The following ticket was deleted: ${id}`,
  removedAll: 'You just removed everything. I hope you are happy now',
} as const
