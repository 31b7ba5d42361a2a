/**
 * What a path is about, and whether whoever asks may do that to it: looked at before the body is read, so that who may not know of a
 * thing learns nothing from how a body would be refused.
 */
import type { FastifyRequest } from 'fastify'
import { parseTicketId, ticketNumber } from '../../../tickets/ticket.js'
import { may } from '../../../users/viewer.js'
import type { Action } from '../../../users/role.js'
import { DeskError } from '../errors.js'
import type { Look } from './desk.js'

/** Throws where a request is not to be carried out, whatever its body is. */
export type Subject = (look: Look, request: FastifyRequest) => void

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Asked before the body of a request is read. */
    subject?: Subject
    /** Answers everybody, also who may read nothing of the desk. */
    isForAll?: boolean
  }
}

/** The ticket's number as a path has it, with or without leading zeros or a `#`. */
export const numberParams = {
  type: 'object',
  properties: {
    number: { type: 'string', description: "The ticket's number: plain, or with 20 digits.", examples: ['1'] },
  },
  required: ['number'],
} as const

export interface ByNumber {
  Params: { number: string }
}

/** The number in a path; 404 where it is none. */
export function numberIn({ params }: FastifyRequest): number {
  return ticketNumberIn(partOf(params, 'number'))
}

/** A part of a path by its name; empty where there is none. */
export function partOf(params: unknown, name: string): string {
  return typeof params === 'object' && params !== null ? String(Object(params)[name] ?? '') : ''
}

/** The number of another ticket in a path, in the same forms; 404 where it is none. */
export function ticketNumberIn(text: string): number {
  const id = parseTicketId(text.startsWith('#') ? text.slice(1) : text)
  const number = id === undefined ? undefined : ticketNumber(id)
  if (number === undefined) throw new DeskError('not_found')
  return number
}

/** A number in another place of a path; 404 where it is none. */
export function wholeIn(text: string): number {
  if (!/^\d{1,15}$/u.test(text)) throw new DeskError('not_found')
  return Number(text)
}

/** For who may do something. */
export function subject(action: Action): Subject {
  return ({ viewer }) => {
    if (!may(viewer, action)) throw new DeskError('forbidden')
  }
}

/** For a ticket that the viewer may know of, and who may do something; whatever it is, where nothing is said. */
export function ticketSubject(action?: Action): Subject {
  return (look, request) => {
    look.demandKnown(numberIn(request))
    if (action !== undefined) subject(action)(look, request)
  }
}
