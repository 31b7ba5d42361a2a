/**
 * What is stored once, however often it was sent, and though it was written on between. Every send goes under one Idempotency-Key: where
 * an earlier one arrived, the desk refuses another body, and what the earlier one made is changed to what is written now. Where none
 * arrived, only what is written now is stored: what was taken back is never sent again. What is written after the text was emptied is
 * something else, and changes nothing of what arrived. The desk knows a key for a day: after that nobody can tell.
 */
import { DeskError } from '../../src/client/client.js'
import { onceHours } from '../../src/contract/limits.js'
import { isUnsure, mayPass } from './failures.js'

/** What was sent, where nobody knows whether it arrived. */
export interface Tries {
  readonly key: string
  /** Bodies as JSON, the newest first. */
  readonly sent: readonly string[]
  /** When it was sent first, in milliseconds since 1970; undefined where it was kept by a page that did not say so. */
  readonly at?: number
  /** Whether what arrived may have been made into another of them since. */
  readonly isAmended?: boolean
  /** Whether it was emptied since: only as it was sent it is still that, and all else is something new. */
  readonly isLeft?: boolean
}

export interface Sending<Body, Result> {
  readonly body: Body
  /** What was sent before; null where nothing was. */
  readonly tries: Tries | null
  /** Is told what may have arrived: before each send, and after each answer that says so. */
  readonly keep: (tries: Tries | null) => void
  readonly send: (body: Body, idempotencyKey: string) => Promise<Result>
  /**
   * Makes of what an earlier body made what is written now; undefined where that was taken back and is to be made anew. It may be what
   * one of `since` says by now: then nothing of `was` is sure to be there still.
   */
  readonly amend: (made: Result, was: Body, since: readonly Body[]) => Promise<Result | undefined>
  /** A body that was kept; undefined where it is none. */
  readonly parse: (value: unknown) => Body | undefined
  /** Whether what arrived is there no more, as a refusal says: then it is made anew. */
  readonly isGone?: (refusal: unknown) => boolean
}

const TRIES_MAX = 8
/** For so long the desk knows a key. */
const KEPT_MS = onceHours * 60 * 60 * 1000

/** What was sent before may be there, and the desk no longer knows of it. Nothing was sent; the next send is another. */
export class SentLongAgo extends Error {
  override readonly name = 'SentLongAgo'
}

/** Stores it, and says what it came to. Throws what the last send was answered with, or `SentLongAgo` before anything is sent. */
export async function sendOnce<Body, Result>(sending: Sending<Body, Result>): Promise<Result> {
  try {
    return await sendUnderOne(sending)
  } catch (error) {
    if (sending.tries === null || sending.isGone?.(error) !== true) throw error
    sending.keep(null)
    return sendUnderOne({ ...sending, tries: null })
  }
}

async function sendUnderOne<Body, Result>(sending: Sending<Body, Result>): Promise<Result> {
  const { body, keep, send } = sending
  const text = JSON.stringify(body)
  const tries = sending.tries?.isLeft === true && !sending.tries.sent.includes(text) ? null : sending.tries
  if (tries !== null && Date.now() - (tries.at ?? 0) >= KEPT_MS) {
    keep(null)
    throw new SentLongAgo()
  }
  const { key, sent, at = 0, isAmended = false }: Tries = tries ?? { key: newKey(), sent: [], at: Date.now() }
  const earlier = sent.filter((each) => each !== text)
  const now: Tries = { key, sent: [text, ...earlier].slice(0, TRIES_MAX), at, isAmended }
  keep(now)
  try {
    const made = await send(body, key)
    // It arrived as it is now, and was perhaps made into another since.
    if (isAmended) return await amendMade(sending, now, made, text)
    keep(null)
    return made
  } catch (error) {
    // A refusal made nothing. Of the sends before it says nothing; one that passes may be the last answer to several tries of the client.
    if (!isUnsure(error) && !mayPass(error)) keep(tries)
    if (!isReused(error)) throw error
    return amendArrived(sending, now, error)
  }
}

/** Finds what arrived of that which was sent before, and makes of it what is written now. */
async function amendArrived<Body, Result>(
  sending: Sending<Body, Result>,
  tries: Tries,
  refusal: unknown,
): Promise<Result> {
  const { keep, send, parse } = sending
  for (const text of tries.sent.slice(1)) {
    const was = parse(JSON.parse(text))
    if (was === undefined) continue
    try {
      return await amendMade(sending, tries, await send(was, tries.key), text)
    } catch (error) {
      if (!isReused(error)) throw error
    }
  }
  keep(null)
  throw refusal
}

/** Makes of what the body `text` made what is written now, and remembers before that it may be that. */
async function amendMade<Body, Result>(
  sending: Sending<Body, Result>,
  tries: Tries,
  made: Result,
  text: string,
): Promise<Result> {
  const { body, keep, amend, parse } = sending
  const { sent, isAmended = false } = tries
  const bodies = (texts: readonly string[]): Body[] => texts.flatMap((each) => parse(JSON.parse(each)) ?? [])
  const [was = body] = bodies([text])
  keep({ ...tries, isAmended: true })
  const amended = await amend(made, was, isAmended ? bodies(sent.filter((each) => each !== text)) : [])
  keep(null)
  return amended ?? (await sendOnce({ ...sending, tries: null }))
}

/** The tries of what is now such a text: where nothing is left of it, or but a letter, as where all is typed over, it was emptied. */
export function triesAt(tries: Tries | null, text: string): Tries | null {
  return tries !== null && isEmptied(text) ? { ...tries, isLeft: true } : tries
}

/** Whether nothing is left of a text but perhaps the first letter of another. */
export function isEmptied(text: string): boolean {
  return [...text.trim()].length <= 1
}

function isReused(error: unknown): boolean {
  return error instanceof DeskError && error.code === 'key_reused'
}

/** Whether what was kept are such tries. */
export function isTries(value: unknown): value is Tries {
  if (typeof value !== 'object' || value === null || !('key' in value) || !('sent' in value)) return false
  const { key, sent } = value
  const isFlag = (name: string): boolean => ['undefined', 'boolean'].includes(typeof Reflect.get(value, name))
  return (
    isFlag('isAmended') &&
    isFlag('isLeft') &&
    (!('at' in value) || typeof value.at === 'number') &&
    typeof key === 'string' &&
    /^[\da-f]{32}$/u.test(key) &&
    Array.isArray(sent) &&
    sent.every((each) => typeof each === 'string')
  )
}

/** A key that nobody else has; `randomUUID` is not there on pages that came over plain HTTP from another machine. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
