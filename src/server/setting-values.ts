/**
 * How the text or JSON value of a setting becomes what the program uses. Each reader takes what a flag, a variable or a
 * config file holds and returns a value, or throws a `BadValue` whose `expected` completes "… should be".
 */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { shortened } from '../http/repeated.js'
import type { Address } from '../http/door.js'
import { parseAddress, PORT_MAX } from './addresses.js'
import { readGivenFile, UnreadableFile } from './given-file.js'

/** A setting's value is not what it should be. The message completes the sentence "SETTING should be …". */
export class BadValue extends Error {
  override readonly name = 'BadValue'
}

/** Reads one setting. `raw` is a string from a flag or a variable, any JSON value from a config file. */
export type Reader<T> = (raw: unknown) => T

const historyMax = 100_000_000

/** `HOST:PORT`; an IPv6 address stands in brackets. */
export const readAddress: Reader<Address> = (raw) => {
  const expected = 'HOST:PORT, such as 127.0.0.1:2224 or [::1]:2224 (port 0 picks a free one)'
  const address = typeof raw === 'string' ? parseAddress(raw) : undefined
  if (address === undefined) throw new BadValue(expected)
  return address
}

/** An address, or `off`. */
export const readAddressOrOff: Reader<Address | undefined> = (raw) => {
  if (raw === 'off') return undefined
  try {
    return readAddress(raw)
  } catch {
    throw new BadValue("HOST:PORT, such as 127.0.0.1:2379 or [::1]:2379 (port 0 picks a free one), or 'off'")
  }
}

/** What was given, to be told; without the name and password that a URL may hold. */
export function quoted(raw: unknown): string {
  const text = JSON.stringify(raw)?.replaceAll(/(?<=:\/\/)[^\s/"]*@/gu, '…@') ?? String(raw)
  return shortened(text)
}

export const readFile: Reader<string> = (raw) => {
  if (typeof raw !== 'string' || raw === '' || raw.includes('\0')) throw new BadValue('the path of a file')
  return raw
}

export const readFolder: Reader<string> = (raw) => {
  if (typeof raw !== 'string' || raw === '' || raw.includes('\0')) throw new BadValue('the path of a folder')
  return raw
}

/** The URL of a store. Only its form is judged here; the journal knows which kinds there are. */
export const readStoreUrl: Reader<string> = (raw) =>
  readStore(
    raw,
    "'sqlite:PATH', such as sqlite:/var/lib/etcdesk/desk.db, 'sqlite::memory:', or 'etcd://HOST:PORT,HOST:PORT/PREFIX'",
  )

/** The same for whoever works on a store that is kept: what is refused is not sent to one in memory, which would be refused next. */
export const readKeptStoreUrl: Reader<string> = (raw) =>
  readStore(raw, "'sqlite:PATH', such as sqlite:/var/lib/etcdesk/desk.db, or 'etcd://HOST:PORT,HOST:PORT/PREFIX'")

function readStore(raw: unknown, expected: string): string {
  if (typeof raw === 'string' && (/^sqlite:[^\0]+$/u.test(raw) || isEtcdUrl(raw))) return raw
  if (typeof raw === 'string' && /^etcd:\/\/[^/]*@/u.test(raw)) {
    throw new BadValue("'etcd://HOST:PORT/PREFIX' without a user (that goes in --etcd-user and ETCDESK_ETCD_PASSWORD)")
  }
  throw new BadValue(expected)
}

/** The members of a cluster, perhaps followed by the prefix below which the data is. */
function isEtcdUrl(text: string): boolean {
  const [, members] = /^etcd:\/\/([^\s/@]+)(?:\/[^\s]*)?$/u.exec(text) ?? []
  if (members === undefined) return false
  return members.split(',').every((member) => {
    const [, port] = /^(?:[^:]+|\[[\da-f:.]+\]):(\d{1,5})$/iu.exec(member) ?? []
    return Number(port) >= 1 && Number(port) <= PORT_MAX
  })
}

/** A certificate, or several, in PEM form, read from their file. */
export const readCertificateFile: Reader<string | undefined> = (raw) => {
  const text = readPemFile(raw)
  try {
    void new X509Certificate(text)
    return text
  } catch {
    // What the library says names no file, and may quote what stands there.
    throw new BadValue('the path of a file with a certificate in PEM form (-----BEGIN CERTIFICATE-----)')
  }
}

/** A private key in PEM form, read from its file. */
export const readKeyFile: Reader<string | undefined> = (raw) => {
  const text = readPemFile(raw)
  try {
    createPrivateKey(text)
    return text
  } catch {
    throw new BadValue(
      'the path of a file with a private key in PEM form (-----BEGIN … PRIVATE KEY-----) without a passphrase',
    )
  }
}

function readPemFile(raw: unknown): string {
  if (typeof raw !== 'string' || raw === '' || raw.includes('\0')) throw new BadValue('the path of a PEM file')
  try {
    return readGivenFile(raw).text
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error
    throw new BadValue(`the path of a PEM file that can be read (${error.message})`, { cause: error })
  }
}

export const readText: Reader<string | undefined> = (raw) => {
  if (typeof raw === 'string' && raw !== '' && !raw.includes('\0')) return raw
  throw new BadValue('a text that is not empty')
}

/** With as many digits as the doors read of an index. */
export const readIndex: Reader<number> = (raw) => readCount(raw, 1, 999_999_999_999_999)

export const readEventCount: Reader<number> = (raw) => readCount(raw, 1, historyMax)

/** A day at most: Node's timers wait for no more than 24 of them. */
export const readSeconds: Reader<number> = (raw) => {
  const seconds = typeof raw === 'string' && /^\d{1,5}$/u.test(raw) ? Number(raw) : raw
  if (typeof seconds === 'number' && Number.isInteger(seconds) && seconds >= 0 && seconds <= 86_400) return seconds
  throw new BadValue('a whole number of seconds from 0 to 86400')
}

/** Two years, which is what browsers' lists of such names ask for. */
export const readAge: Reader<number> = (raw) => readCount(raw, 0, 63_072_000)

/** etcd recommends 10 MiB at most; with less than 64 KiB hardly a ticket fits. */
export const readRequestBytes: Reader<number> = (raw) => readCount(raw, 65_536, 104_857_600)

/** Requests a second; 0 for no limit. */
export const readRate: Reader<number> = (raw) => readCount(raw, 0, 1_000_000)

export const readTxnOperations: Reader<number> = (raw) => readCount(raw, 16, 100_000)

function readCount(raw: unknown, least: number, most: number): number {
  const count = typeof raw === 'string' && /^\d{1,15}$/u.test(raw) ? Number(raw) : raw
  if (typeof count === 'number' && Number.isInteger(count) && count >= least && count <= most) return count
  throw new BadValue(`a whole number from ${least} to ${most}`)
}

/** The base URL of a door: `http` or `https`, a host, perhaps a port, no path. */
export const readBaseUrl: Reader<string> = (raw) => {
  const url = typeof raw === 'string' ? httpUrl(raw) : undefined
  if (url === undefined || url.pathname !== '/' || url.search !== '' || url.hash !== '' || url.username !== '') {
    throw new BadValue('a URL without a path, such as http://desk.example.net:2379')
  }
  return url.origin
}

/** Origins separated by commas, or `*` for all. */
export const readOrigins: Reader<readonly string[]> = (raw) =>
  readList(
    raw,
    "origins separated by commas, such as https://example.net,http://localhost:5173, or '*' for all",
    (item) => {
      const url = httpUrl(item)
      // Patterns would be taken and never match.
      return (
        item === '*' ||
        (url !== undefined && !item.includes('*') && url.origin === item.toLowerCase().replace(/\/$/u, ''))
      )
    },
  )

/** Host names separated by commas, or `*` for all. */
export const readHosts: Reader<readonly string[]> = (raw) =>
  readList(raw, "host names separated by commas, such as desk.example.net,10.0.0.7, or '*' for all", (item) =>
    /^(?:\*|[\w.-]+|\[[\da-f:.]+\])(?::\d+)?$/iu.test(item),
  )

/** Addresses, or networks as `10.0.0.0/8`. */
export const readNetworks: Reader<readonly string[]> = (raw) =>
  readList(raw, 'addresses or networks separated by commas, such as 127.0.0.1,10.0.0.0/8', isNetwork)

function isNetwork(text: string): boolean {
  const [address = '', bits, ...others] = text.split('/')
  const family = isIP(address)
  if (family === 0 || others.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/u.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
}

export const readSwitch: Reader<boolean> = (raw) => {
  const known = new Map<unknown, boolean>([
    [true, true],
    ['true', true],
    ['1', true],
    [false, false],
    ['false', false],
    ['0', false],
  ])
  const value = known.get(raw)
  if (value === undefined) throw new BadValue('true or false')
  return value
}

/** pino's levels, the quietest last. */
const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]

export const readLogLevel: Reader<LogLevel> = (raw) => {
  const level = logLevels.find((name) => name === raw)
  if (level === undefined) throw new BadValue(`one of ${logLevels.join(', ')}`)
  return level
}

function httpUrl(text: string): URL | undefined {
  return /^https?:\/\//iu.test(text) && URL.canParse(text) ? new URL(text) : undefined
}

function readList(raw: unknown, expected: string, isGood: (item: string) => boolean): readonly string[] {
  const items: unknown[] = typeof raw === 'string' ? raw.split(',') : Array.isArray(raw) ? raw : [undefined]
  return items
    .map((item) => (typeof item === 'string' ? item.trim() : undefined))
    .filter((item) => item !== '')
    .map((item) => {
      if (item === undefined || !isGood(item)) throw new BadValue(expected)
      return item
    })
}
