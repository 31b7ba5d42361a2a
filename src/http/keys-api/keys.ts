/**
 * `/v2/keys`: reading, writing, removing and watching keys. Checks the request, runs one command or one query, and words the
 * answer; the rules of the tree are the commands' (`keytree/commands.ts`).
 */
import type { DeskStore } from '../../desk.js'
import { INSUFFICIENT } from '../../access/demand.js'
import { isKeyErrorCode, type KeyErrorCode } from '../../keytree/errors.js'
import { piecesOf, type Json } from '../../journal/json.js'
import { LARGE_VALUE_NEXT, listDirectory } from '../../keytree/listing.js'
import { encodeEvent, encodeNode } from '../../keytree/node.js'
import { type LargeFile, NodeQueries } from '../../keytree/queries.js'
import { covers, leadsTo, type Reach } from '../../keytree/reach.js'
import type { WatchHub } from '../../keytree/watch.js'
import type { KeyAnswer } from '../../keytree/commands.js'
import type { KeyNode } from '../../keytree/tables.js'
import type { Database } from '../../sqlite/database.js'
import { CommandError, StoreError } from '../../store/errors.js'
import type { Snapshot } from '../../store/snapshots.js'
import type { Outcome } from '../../store/waiting.js'
import type { KeyAdmission } from './admission.js'
import { type Exchange, allowMethod, keyHeaders, sendKeyError, sendKeys, sendLargeKeys } from './answer.js'
import { FormError, formOfQuery, hasFormBody, isShortQuery, readForm } from './form.js'
import { LargeEvents } from './large-events.js'
import { type KeyParameters, NO_PARAMETERS, ParameterError, parseParameters } from './parameters.js'
import type { Counted, KeyStats } from './stats.js'
import { answerRoom, type Sender } from '../answer-room.js'
import { wholeRequest } from '../body.js'
import { connectionRoom, type ConnectionRoom } from '../connection-room.js'
import type { Visit } from '../door-book.js'
import { sendLongList } from '../long-list.js'
import { breakOff } from '../stream.js'
import { answerWatch, type Watching } from './watch-answer.js'

/** Pieces of a listing that are made at once; a longer one is sent piece by piece. */
const PIECES_AT_ONCE = 4

/** How long the reader of a large value waits for room, in milliseconds. */
const ROOM_PATIENCE_MS = 4500

/** As whose the store counts the long lists of this door. */
const USER = 'keys'

/** Actions whose answers `noValueOnSuccess` shortens. */
const WITHOUT_VALUE: ReadonlySet<string> = new Set(['set', 'create', 'update', 'compareAndSwap'])

/** A file that has been read for a request. */
interface FoundFile {
  readonly exchange: Exchange
  readonly index: number
  readonly node: KeyNode
}

/** From this length on a body is large: one that nobody knows sends is not read. */
const STRANGERS_BODY_BYTES_MAX = 64 * 1024

export interface KeysEndpointOptions {
  readonly store: DeskStore
  readonly hub: WatchHub
  readonly stats: KeyStats
  readonly admission: KeyAdmission
  readonly room?: ConnectionRoom | undefined
}

export class KeysEndpoint {
  readonly #store: DeskStore
  readonly #watching: Watching
  readonly #stats: KeyStats
  readonly #admission: KeyAdmission
  readonly #nodes: NodeQueries
  readonly #clusterId: string
  #largeNodes: NodeQueries | undefined
  #heldBack: FoundFile[] | undefined

  constructor({ store, hub, stats, admission, room = connectionRoom }: KeysEndpointOptions) {
    this.#admission = admission
    this.#store = store
    this.#stats = stats
    this.#nodes = new NodeQueries(store.reader)
    const { clusterId } = store.identity
    this.#clusterId = clusterId
    const largeEvents = new LargeEvents((body) => hub.body(body))
    this.#watching = { hub, room, largeEvents, clusterId, admission }
  }

  /**
   * Runs `work`, which answers requests, and holds back the answers to reads until it is through. One thing done many times
   * over is quicker than two things in turn, since the processor's caches hold the code of either, not of both. `failed` hears of each of
   * these answers that can't be given.
   */
  together(work: () => void, failed: (visit: Visit, error: unknown) => void): void {
    const heldBack: FoundFile[] = []
    this.#heldBack = heldBack
    try {
      work()
    } finally {
      this.#heldBack = undefined
      for (const found of heldBack) {
        const { visit } = found.exchange
        try {
          this.#sendFile(found)?.catch((error: unknown) => failed(visit, error))
        } catch (error) {
          failed(visit, error)
        }
      }
    }
  }

  /** Answers a request to a key; `rest` is the decoded path behind `/v2/keys`. Rejects only with faults of the program. */
  answer(exchange: Exchange, rest: string, query: string): void | Promise<void> {
    const path = rest === '' || rest === '/' ? '/' : rest.endsWith('/') ? rest.slice(0, -1) : rest
    if (exchange.method === 'GET' && query === '') return this.#read(exchange, path, NO_PARAMETERS)
    if (!allowMethod(exchange, 'HEAD', 'GET', 'PUT', 'POST', 'DELETE')) return undefined
    const mayWriteNothing = isChange(exchange.method) && exchange.entry.rights.write.length === 0
    if (mayWriteNothing && mayBeLarge(exchange.request)) return this.#refuse(exchange)
    return this.#answerChecked(exchange, path, query)
  }

  async #answerChecked(exchange: Exchange, path: string, query: string): Promise<void> {
    try {
      const { method } = exchange
      const form =
        hasFormBody(method) || !isShortQuery(query)
          ? await readForm(exchange.request, exchange.response, method, query)
          : formOfQuery(query)
      // Whatever is wrong with what is still to come, the answer to it would be a refusal: so nothing may have happened.
      if (isChange(method) && !exchange.request.complete && !(await wholeRequest(exchange.request))) {
        throw new FormError('http: POST too large')
      }
      const parameters = parseParameters(form, method)
      await this.#run(exchange, path, parameters)
    } catch (error) {
      this.#answerError(exchange, error)
    }
  }

  /** What to do, as etcd decides it (`applyV2Request` and `DoV2` in etcdserver/v2_server.go). */
  async #run(exchange: Exchange, path: string, parameters: KeyParameters): Promise<void> {
    const { prevExist, prevIndex, prevValue, value, ttl, refresh, dir: directory, recursive } = parameters
    const compares = prevIndex > 0 || prevValue !== ''
    const { asker, rights } = exchange.entry
    const run: DeskStore['run'] = (name, args) => this.#store.run(name, args, asker)
    if (isChange(exchange.method) && !covers(rights.write, path)) return this.#refuse(exchange)
    switch (exchange.method) {
      case 'PUT':
        if (prevExist === false) {
          await this.#write(exchange, 'create', parameters, run('keys.create', { path, value, directory, ttl }))
        } else if (compares) {
          const args = { path, value, ttl, refresh, prevValue, prevIndex }
          await this.#write(exchange, 'compareAndSwap', parameters, run('keys.compareAndSwap', args))
        } else if (prevExist === true) {
          await this.#write(exchange, 'update', parameters, run('keys.update', { path, value, ttl, refresh }))
        } else {
          await this.#write(exchange, 'sets', parameters, run('keys.set', { path, value, directory, ttl, refresh }))
        }
        return
      case 'POST':
        await this.#write(exchange, 'create', parameters, run('keys.createInOrder', { path, value, directory, ttl }))
        return
      case 'DELETE':
        if (compares) {
          const args = { path, prevValue, prevIndex }
          await this.#write(exchange, 'compareAndDelete', parameters, run('keys.compareAndDelete', args))
        } else {
          await this.#write(exchange, 'delete', parameters, run('keys.delete', { path, directory, recursive }))
        }
        return
      default:
        // As in etcd a quorum read is never a watch; and HEAD asks nobody.
        if (parameters.quorum && exchange.method === 'GET') {
          if (!this.#mayRead(exchange, path)) return this.#refuse(exchange)
          await this.#store.strong()
          await this.#read({ ...this.#again(exchange), stale: [] }, path, parameters)
          return
        }
        if (parameters.wait) {
          const now = this.#again(exchange)
          if (!this.#mayRead(now, path)) return this.#refuse(now)
          answerWatch(now, this.#watching, path, parameters)
          return
        }
        await this.#read(exchange, path, parameters)
    }
  }

  async #write(
    exchange: Exchange,
    counted: Counted,
    { noValueOnSuccess }: KeyParameters,
    outcome: Promise<Outcome<KeyAnswer>>,
  ): Promise<void> {
    try {
      const { result, index } = await outcome
      this.#stats.count(counted, true)
      const isShort = noValueOnSuccess && WITHOUT_VALUE.has(result.action)
      const body = isShort ? `{"action":"${result.action}"}` : result.body
      await this.#send(exchange, result.created ? 201 : 200, index, body)
    } catch (error) {
      this.#stats.count(counted, false)
      throw error
    }
  }

  /** Whether something at a path may be told: all of it, or, above what one may read, the way there. */
  #mayRead({ entry: { rights } }: Exchange, path: string): boolean {
    return covers(rights.read, path) || leadsTo(rights.read, path)
  }

  /** The same request after something was waited for: rights are those of now. */
  #again(exchange: Exchange): Exchange {
    const entry = this.#admission.again(exchange.entry)
    return entry === exchange.entry ? exchange : { ...exchange, entry }
  }

  /** What lies beyond one's rights is refused alike whether it is there or not. */
  #refuse(exchange: Exchange): void {
    sendKeyError(exchange, this.#clusterId, 110, INSUFFICIENT, 0)
  }

  #read(exchange: Exchange, path: string, parameters: KeyParameters): void | Promise<void> {
    if (!this.#mayRead(exchange, path)) return this.#refuse(exchange)
    const found = this.#nodes.getSmall(path)
    const isFile = 'valueBytes' in found || typeof found.node?.value === 'string'
    if (isFile && !covers(exchange.entry.rights.read, path)) {
      // A file above what one may read is none of that, and leads nowhere.
      this.#stats.count('gets', false)
      return sendKeyError(exchange, this.#clusterId, 100, path, found.index)
    }
    if ('valueBytes' in found) return this.#readLarge(exchange, path, parameters, found)
    const { index, node } = found
    if (node === undefined) return this.#answerMissing(exchange, path, parameters)
    this.#stats.count('gets', true)
    if (node.value === null) return this.#list(exchange, path, parameters.recursive)
    const file = { exchange, index, node }
    if (this.#heldBack === undefined) return this.#sendFile(file)
    this.#heldBack.push(file)
    return undefined
  }

  #sendFile({ exchange, index, node }: FoundFile): void | Promise<void> {
    return this.#send(exchange, 200, index, encodeEvent('get', encodeNode(node, this.#store.now())))
  }

  /** A file with a large value is read when there is room for it: in the state of that moment. */
  async #readLarge(exchange: Exchange, path: string, parameters: KeyParameters, file: LargeFile): Promise<void> {
    const { response } = exchange
    let sender: Sender | undefined
    try {
      sender = (await answerRoom.wait(file.valueBytes, ROOM_PATIENCE_MS)).join(response)
      if (!this.#mayRead(this.#again(exchange), path)) return this.#refuse(exchange)
      this.#largeNodes ??= new NodeQueries(this.#store.largeReader)
      const { index, node } = this.#largeNodes.get(path)
      const isLarger = typeof node?.value !== 'string' && (node?.value?.length ?? 0) > file.valueBytes
      // It has become something else meanwhile: everything about it is to be asked again.
      if (node === undefined || node.value === null || isLarger) return await this.#read(exchange, path, parameters)
      this.#stats.count('gets', true)
      const json = encodeEvent('get', encodeNode(node, this.#store.now()))
      if (typeof json === 'string' || exchange.method === 'HEAD') return await this.#send(exchange, 200, index, json)
      response.writeHead(200, keyHeaders(exchange, this.#clusterId, index))
      if (await sender.send(json)) response.end()
    } catch (error) {
      if (response.headersSent) breakOff(response)
      this.#answerError(exchange, error)
    } finally {
      sender?.leave()
    }
  }

  #send(exchange: Exchange, status: number, index: number, json: Json): void | Promise<void> {
    if (typeof json !== 'string') return sendLargeKeys(exchange, status, this.#clusterId, index, json)
    sendKeys(exchange, status, this.#clusterId, index, json)
    return undefined
  }

  #answerMissing(exchange: Exchange, path: string, parameters: KeyParameters): void | Promise<void> {
    const missing = this.#nodes.explainMissing(path)
    if (missing === undefined) return this.#read(exchange, path, parameters)
    this.#stats.count('gets', false)
    // A file in the way that is none of what one may read is as if it was not there.
    const isHidden = missing.errorCode === 104 && !covers(exchange.entry.rights.read, missing.cause)
    sendKeyError(exchange, this.#clusterId, isHidden ? 100 : missing.errorCode, missing.cause, missing.index)
    return undefined
  }

  /** A short directory is read and sent as one; a long one from a snapshot, in pieces, others served in between. */
  #list(exchange: Exchange, path: string, recursive: boolean): void | Promise<void> {
    const { reader } = this.#store
    const short = reader.snapshot(() => {
      const { index, node } = this.#nodes.get(path)
      // It was a directory a moment ago: the snapshot will tell.
      if (node === undefined || node.value !== null) return undefined
      let json = ''
      let pieces = 0
      for (const piece of listDirectory(reader, node, recursive, this.#store.now(), exchange.entry.rights.read)) {
        if (piece === LARGE_VALUE_NEXT || ++pieces > PIECES_AT_ONCE) return undefined
        json += piece
      }
      return { index, json }
    })
    if (short === undefined) return this.#listLong(exchange, path, recursive)
    sendKeys(exchange, 200, this.#clusterId, short.index, `{"action":"get","node":${short.json}}`)
    return undefined
  }

  async #listLong(asked: Exchange, path: string, recursive: boolean): Promise<void> {
    const { response } = asked
    const reader = { user: USER, breakOff: () => breakOff(response), isGone: () => response.destroyed }
    let exchange = asked
    let snapshot: Snapshot | undefined
    let letGo: (() => void) | undefined
    try {
      snapshot = await this.#store.openSnapshot(reader)
      exchange = this.#again(asked)
      if (!this.#mayRead(exchange, path)) return this.#refuse(exchange)
      letGo = this.#admission.hold(exchange.entry, reader.breakOff)
      const { index, node } = new NodeQueries(snapshot.reader).get(path)
      if (node === undefined) {
        // Removed a moment ago.
        await this.#answerMissing(exchange, path, NO_PARAMETERS)
        return
      }
      response.writeHead(200, keyHeaders(exchange, this.#clusterId, index))
      if (exchange.method === 'HEAD') response.end()
      else {
        const { read } = exchange.entry.rights
        const pieces = longAnswer(node, snapshot.reader, recursive, this.#store.now(), read)
        const openSpool = () => this.#store.openSpool(reader)
        await sendLongList(response, pieces, { onRead: snapshot.close, openSpool })
      }
    } catch (error) {
      if (response.headersSent) breakOff(response)
      this.#answerError(exchange, error)
    } finally {
      letGo?.()
      snapshot?.close()
    }
  }

  #answerError(exchange: Exchange, error: unknown): void {
    if (exchange.response.headersSent) throw error
    const { errorCode, cause, index } = describeError(error)
    sendKeyError(exchange, this.#clusterId, errorCode, cause, index)
  }
}

/** The body of a long answer, read as its pieces are asked for. */
function* longAnswer(
  node: KeyNode,
  reader: Database,
  recursive: boolean,
  now: number,
  reach: Reach,
): Generator<string, void, undefined> {
  yield '{"action":"get","node":'
  if (node.value === null) yield* listDirectory(reader, node, recursive, now, reach)
  else for (const piece of piecesOf(encodeNode(node, now))) yield piece.toString()
  yield '}\n'
}

/** Whether the body of a request is declared to be large, or not how large it is. */
function mayBeLarge({ headers }: Exchange['request']): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > STRANGERS_BODY_BYTES_MAX
}

function isChange(method: string): boolean {
  return method !== 'GET' && method !== 'HEAD'
}

/** What etcd calls an error. Throws what is none that a client can be told. */
function describeError(error: unknown): { errorCode: KeyErrorCode; cause: string; index: number } {
  // As in etcd, an error that was found before the store was asked carries the index 0, and so does one of the store itself.
  if (error instanceof FormError) return { errorCode: 210, cause: error.message, index: 0 }
  if (error instanceof ParameterError) return { errorCode: error.errorCode, cause: error.message, index: 0 }
  if (error instanceof CommandError) {
    const { errorCode, cause } = error.details
    const index = errorCode === 110 ? 0 : error.index
    if (isKeyErrorCode(errorCode)) return { errorCode, cause: String(cause ?? ''), index }
    return { errorCode: 209, cause: error.message, index: error.index }
  }
  if (error instanceof StoreError) return { errorCode: 300, cause: error.message, index: 0 }
  throw error
}
