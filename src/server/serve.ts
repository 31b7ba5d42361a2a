/**
 * Puts the program together, in the order in which things may fail: addresses, store, doors. And takes it apart again: no new
 * requests, answers to those that run, then the store.
 *
 * Promises: what can not start has changed nothing and says why in one sentence; SIGTERM, SIGINT and SIGHUP lose no answered write
 * and cut nobody off who is answered within the grace time; a second signal ends the process at once; a fault of the program ends
 * it with a sentence and code 1, never with silence.
 */
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import type { desk, DeskStore } from '../desk.js'
import type { openDeskApi } from '../http/desk-api/desk-api.js'
import { Passwords } from '../access/password.js'
import { connectionRoom } from '../http/connection-room.js'
import { Rates } from '../http/rates.js'
import { Refusals } from '../http/refusals.js'
import { Who } from '../http/who.js'
import { DoorBook, type ReportFault, type Visit } from '../http/door-book.js'
import { KeysApi, openKeysApi, type KeysDoor } from '../http/keys-api/keys-api.js'
import { reachableUrl, type Door } from '../http/door.js'
import { isHeavy } from '../tickets/heavy.js'
import { realFile, reasonOf } from '../sqlite/file.js'
import { ClosingTime } from '../store/closing-time.js'
import { StoreOpenError } from '../store/errors.js'
import { Store } from '../store/store.js'
import { clientAddress } from '../http/client-address.js'
import type { Certificates } from '../http/tls-front.js'
import { announce } from './announce.js'
import { openCertificates } from './certificates.js'
import { closeToNetwork, firstAdminLine, networkNotices, reachedAt } from './closing.js'
import { makeDataFolder, refuseFolder } from './data-folder.js'
import { checkAddress, listenError, type PlannedDoor } from './listening.js'
import { openLog, type Logger, type OpenLog } from './log.js'
import { openMetrics } from './metrics.js'
import { RequestLog } from './request-log.js'
import { tellSystemd } from './service-manager.js'
import { isLoopback } from './addresses.js'
import { openMachineDoor, socketOf } from './machine-door.js'
import { MachineRequests } from './machine-requests.js'
import { etcdAccess, storeFile, storeUrl } from './settings.js'
import type { Settings } from './settings-table.js'
import { programVersion } from './version.js'
import { messageOf } from '../fault.js'

/** Where the program says to whoever started it that it is ready: one line, without waiting for anybody to read it. */
export type Say = (line: string) => void

/** How long requests that run may take when the server stops. */
const graceMs = 10_000
/** How long all else may take after that: what is still to be written down, and the store. */
const storeCloseMsMax = 10_000
/** How often the log looks whether the store can be written. */
const healthLookMs = 1000
/** How late that look may come before the log says so. */
const heldUpMsMax = 500

/** Serves until a signal ends it. `notices` are sentences for the log. Rejects with a sentence (ListenError, DataFolderError, StoreOpenError) where it can not start. */
export async function serve(settings: Settings, say: Say, notices: readonly string[] = []): Promise<void> {
  const logging = openLog(settings.logLevel)
  const { log } = logging
  const release = endOnFault(logging)
  const signals = catchSignals()
  try {
    // At once: what they tell of may be why a start fails.
    for (const notice of notices) log.warn(notice)
    const certificates = certificatesOf(settings, log)
    const doors = plannedDoors(settings)
    await Promise.all([checkAddress(doors.desk), doors.keys === undefined ? undefined : checkAddress(doors.keys)])
    const starting = new AbortController()
    void signals.first.then(() => starting.abort())
    const opening = openStore(settings, log, starting.signal)
    // Its libraries take a fifth of a second to load: the store's own thread works meanwhile.
    const [store, deskApi] = await Promise.all([opening, import('../http/desk-api/desk-api.js')])
    let closeMachineDoor: (() => Promise<void>) | undefined
    let refusals: Refusals | undefined
    try {
      const machine = new MachineRequests(store, reachedAt(settings))
      const closedBy = await closeToNetwork(settings, store, machine)
      const stopping = new AbortController()
      refusals = new Refusals(store)
      const open = await openDoors({
        refusals,
        settings,
        planned: doors,
        store,
        logging,
        openDeskApi: deskApi.openDeskApi,
        stopping: stopping.signal,
        certificates,
      })
      for (const notice of networkNotices(settings)) log.warn(notice)
      announce(settings, store, open, (sentence) => log.warn(sentence))
      machine.url = settings.advertise ?? reachableUrl(open.desk)
      closeMachineDoor = await openMachine(settings, machine, log)
      const stopLooking = logHealth(store, log)
      const keys = open.keys === undefined ? 'keys API off' : `keys API at ${open.keys.url}`
      say(`etcdesk ${programVersion()} is ready: desk at ${open.desk.url}, ${keys}, data in ${store.description}`)
      if (closedBy !== undefined) say(firstAdminLine(settings.advertise ?? reachableUrl(open.desk), closedBy))
      tellSystemd(process.env)
      const signal = await signals.first
      log.info(`stopping on ${signal}`)
      stopLooking()
      // Whoever asks /readyz learns it before the doors stop accepting.
      stopping.abort()
      await Promise.all([open.desk.close(graceMs), open.keys?.close(graceMs)])
    } finally {
      const time = new ClosingTime(storeCloseMsMax)
      // What was counted is worth less than what the store has to do yet.
      const others = Promise.all([closeMachineDoor?.(), refusals?.close()])
      await time.allows(others, storeCloseMsMax / 2).catch((error: unknown) => log.error({ err: error }, 'the stop'))
      await store.close(time.leftMs)
    }
  } catch (error) {
    if (!(error instanceof StoreOpenError && error.code === 'stopped')) throw error
    log.info('stopped before the store was open')
  } finally {
    signals.release()
    release()
    logging.output.flushSync()
  }
}

/** Opens the door for whoever sits at the machine, beside the store's file; where that can't be, all else goes on. */
async function openMachine(
  settings: Settings,
  machine: MachineRequests,
  log: Logger,
): Promise<(() => Promise<void>) | undefined> {
  const file = storeFile(settings)
  if (file === undefined) return undefined
  const without = (why: string): undefined => {
    log.warn(
      `The socket beside ${file} can not be opened (${why}): 'etcdesk users', 'tokens' and 'desk' work only while this server is stopped.`,
    )
    return undefined
  }
  const socket = socketOf(realFile(file))
  if (socket === undefined) return without('the path is too long')
  try {
    const onFault = (error: unknown): void => log.error({ err: error }, 'what was asked on the machine failed')
    return await openMachineDoor(socket, { store: storeUrl(settings), requests: machine, onFault })
  } catch (error) {
    return without(reasonOf(error))
  }
}

function certificatesOf({ tlsCert: cert, tlsKey: key }: Settings, log: Logger): Certificates | undefined {
  if (cert === undefined || key === undefined) return undefined
  return openCertificates({ cert, key }, (sentence) => log.warn(sentence))
}

interface PlannedDoors {
  readonly desk: PlannedDoor
  readonly keys: PlannedDoor | undefined
}

function plannedDoors({ listen, keysListen }: Settings): PlannedDoors {
  return {
    desk: { name: 'desk', flag: '--listen', address: listen },
    keys:
      keysListen === undefined
        ? undefined
        : {
            name: 'keys API',
            flag: '--keys-listen',
            address: keysListen,
            wayOut: ' (etcd itself uses port 2379), or leave the keys API out with --keys-listen off',
          },
  }
}

async function openStore(settings: Settings, log: Logger, stop: AbortSignal): Promise<DeskStore> {
  const file = storeFile(settings)
  const flag = settings.store?.startsWith('sqlite:') === true ? '--store' : '--data'
  const folder = file === undefined ? undefined : makeDataFolder(dirname(file), flag)
  try {
    if (file !== undefined) refuseFolder(file, flag)
    return await Store.open<typeof desk.handlers>({
      address: storeUrl(settings),
      dataDirectory: settings.dataDirectory,
      etcd: etcdAccess(settings),
      historyEventsMax: settings.historyEventsMax,
      isHeavy,
      stop,
      writerEntry: new URL('./writer-thread.js', import.meta.url),
      readingEntry: new URL('./reading-thread.js', import.meta.url),
      onFault: (message) => log.error(message),
      onNotice: (sentence) => log.warn(sentence),
      // A server that can't write any more had better be started again.
      onWriterEnd: (message) => {
        throw new StoreEnded(`the store can not be written any more: ${message}`)
      },
    })
  } catch (error) {
    folder?.takeBack()
    throw error
  }
}

interface DoorParts {
  readonly settings: Settings
  readonly planned: PlannedDoors
  readonly store: DeskStore
  readonly logging: OpenLog
  readonly openDeskApi: typeof openDeskApi
  readonly stopping: AbortSignal
  readonly certificates: Certificates | undefined
  readonly refusals: Refusals
}

interface OpenDoors {
  readonly desk: Door
  readonly keys: KeysDoor | undefined
}

async function openDoors(parts: DoorParts): Promise<OpenDoors> {
  const { settings, planned, store, stopping, certificates } = parts
  const { log, output } = parts.logging
  const { cors, advertise, keysAdvertise } = settings
  const hostWhitelist = ownNames(settings)
  const version = programVersion()
  const requestLog = new RequestLog(log)
  const addressOf = clientAddress(settings.trustedProxies)
  const isHttps = advertise?.startsWith('https:') === true
  const who = new Who({ store, passwords: new Passwords(), addressOf, isHttps })
  const rates = new Rates({ perCaller: settings.rateLimit, ofNode: settings.rateLimitNode })
  const onRefused = (status: number, { request, route }: Visit): void =>
    parts.refusals.note(status, who.addressOf(request), route)
  const [deskBook, keysBook] = [bookOf('desk', requestLog, onRefused), bookOf('keys', requestLog, onRefused)]
  const onFault: ReportFault = (error, request) =>
    log.error({ err: error, ...request }, 'a request failed by a fault of the program')
  const { hstsSeconds } = settings
  const common = {
    store,
    version,
    cors,
    hostWhitelist,
    onFault,
    stopping,
    who,
    rates,
    staleReadsMs: settings.staleReadsSeconds * 1000,
    ...(certificates && { tls: { certificates, hstsSeconds } }),
  }
  let keys: KeysDoor | undefined
  if (planned.keys !== undefined) {
    const told = keysAdvertise === undefined ? {} : { advertise: keysAdvertise }
    const opening = openKeysApi({ ...common, ...told, book: keysBook, listen: planned.keys.address })
    keys = await openOr(planned.keys, opening)
  }
  try {
    const inner = new KeysApi(common)
    const metrics = openMetrics({
      version,
      engine: storeUrl(settings).startsWith('etcd:') ? 'etcd' : 'sqlite',
      store,
      doors: [
        { name: 'desk', book: deskBook, connections: () => desk.connections() },
        { name: 'keys', book: keysBook, connections: () => keys?.connections() ?? 0 },
      ],
      room: connectionRoom,
      watchers: () => (keys?.watchers() ?? 0) + inner.watchers,
      events: () => desk.eventFigures(),
      logLinesLost: () => output.lost,
    })
    const told = advertise === undefined ? {} : { advertise }
    const keysUrl = keys && (keysAdvertise ?? reachableUrl(keys))
    const desk = await openOr(
      planned.desk,
      parts.openDeskApi({
        ...common,
        ...told,
        book: deskBook,
        metrics,
        listen: planned.desk.address,
        keysUrl,
        inner,
      }),
    )
    return { desk, keys }
  } catch (error) {
    await keys?.close(0)
    throw error
  }
}

/**
 * The names that the doors go by, beside addresses and those of loopback: what the operator named, what others are told to call
 * them by, and, where other machines reach them, what this machine is called. Nobody else can choose that, so it is no name
 * under which a foreign page could come in.
 */
function ownNames({ hostWhitelist, advertise, keysAdvertise, listen, keysListen }: Settings): string[] {
  const advertised = [advertise, keysAdvertise].flatMap((url) => (url === undefined ? [] : new URL(url).hostname))
  const open = [listen, keysListen].flatMap((address) =>
    address === undefined || isLoopback(address) ? [] : [address.host, hostname()],
  )
  return [...hostWhitelist, ...advertised, ...open]
}

/** The book of a door, which tells the log. */
function bookOf(door: string, log: RequestLog, onRefused: (status: number, visit: Visit) => void): DoorBook {
  return new DoorBook({ report: (request) => log.tell(door, request), reportsAll: log.tellsAll, onRefused })
}

/** The address was free a moment ago; where it no longer is, the sentence is the same. */
async function openOr<Opened extends Door>(planned: PlannedDoor, opening: Promise<Opened>): Promise<Opened> {
  try {
    return await opening
  } catch (error) {
    throw listenError(planned, error)
  }
}

/** Logs when the store can no longer be written, when it can again, and when something held up the thread that answers. */
function logHealth(store: DeskStore, log: Logger): () => void {
  let known: string | undefined
  let lastLook = performance.now()
  const timer = setInterval(() => {
    const heldUpMs = Math.round(performance.now() - lastLook - healthLookMs)
    lastLook += heldUpMs + healthLookMs
    if (heldUpMs > heldUpMsMax) log.warn({ heldUpMs }, 'all requests waited: something held up the main thread')
    const { failure } = store
    if (failure === known) return
    known = failure
    if (failure === undefined) log.info('the store can be written again')
    else log.error(`the store can not be written: ${failure}`)
  }, healthLookMs)
  timer.unref()
  return () => clearInterval(timer)
}

/** For so long signals are those of one press of Ctrl-C, in milliseconds. */
const ONE_PRESS_MS = 500

/** Resolves `first` at the first SIGTERM, SIGINT or SIGHUP (the terminal is gone); the second ends the process at once, as it would without us. */
function catchSignals(): { readonly first: Promise<string>; release(): void } {
  const numbers: Readonly<Partial<Record<NodeJS.Signals, number>>> = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 }
  const names = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const
  const { promise, resolve } = firstOf<string>()
  let isStopping = false
  let stoppingSince = 0
  const onSignal = (signal: NodeJS.Signals): void => {
    // npm passes on what the terminal already sent to all: one Ctrl-C under `npm start` arrives twice, at once.
    if (isStopping && performance.now() - stoppingSince < ONE_PRESS_MS) return
    if (isStopping) process.exit(128 + (numbers[signal] ?? 0))
    isStopping = true
    stoppingSince = performance.now()
    resolve(signal)
  }
  for (const name of names) process.on(name, onSignal)
  return {
    first: promise,
    release: () => {
      for (const name of names) process.off(name, onSignal)
      const leftMs = isStopping ? ONE_PRESS_MS - (performance.now() - stoppingSince) : 0
      if (leftMs <= 0) return
      // The second of one press may come when all is done: that is no reason to end otherwise than well.
      const ignore = (): void => {}
      for (const name of names) process.on(name, ignore)
      setTimeout(() => names.forEach((name) => process.off(name, ignore)), leftMs).unref()
    },
  }
}

function firstOf<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let settle: (value: T) => void = () => {}
  const promise = new Promise<T>((resolve) => {
    settle = resolve
  })
  return { promise, resolve: (value) => settle(value) }
}

/** The store has ended, and with it the server. The message says why, and what to do. */
class StoreEnded extends Error {
  override readonly name = 'StoreEnded'
}

/** A fault of the program ends the process: what state it is in nobody knows, and what was answered is safe in the store. */
function endOnFault({ log, output }: OpenLog): () => void {
  const onFault = (error: unknown): void => {
    const message = messageOf(error)
    if (error instanceof StoreEnded) {
      log.fatal(message)
      output.write(`etcdesk: ended: ${message}\n`)
    } else {
      log.fatal({ err: error }, 'a fault of the program')
      output.write(`etcdesk: ended by a fault of the program: ${message}\n`)
    }
    output.flushSync()
    process.exit(1)
  }
  process.on('uncaughtException', onFault).on('unhandledRejection', onFault)
  return () => void process.off('uncaughtException', onFault).off('unhandledRejection', onFault)
}
