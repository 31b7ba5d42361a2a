/**
 * The doors' certificate, from files that are looked at again every ten seconds: who renews it (certbot, cert-manager) writes new ones, and
 * nobody has to start anything again. New ones that can't be used change nothing, and the log says why; it says too where the one of now
 * ends within a week.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import type { Certificate, Certificates } from '../http/tls-front.js'
import { readGivenFile, UnreadableFile } from './given-file.js'
import { SettingsError } from './settings.js'
import { messageOf } from '../fault.js'

const LOOK_MS = 10_000

/** So long before its end a certificate ought to have been renewed, in milliseconds. */
const SOON_MS = 7 * 24 * 60 * 60 * 1000

export interface CertificateFiles {
  readonly cert: string
  readonly key: string
}

/** Reads the files. `warn` is told of later ones that can't be used, once each. @throws SettingsError */
export function openCertificates(
  files: CertificateFiles,
  warn: (sentence: string) => void,
  lookMs = LOOK_MS,
): Certificates {
  let current = readPair(files)
  const followers = new Set<(certificate: Certificate) => void>()
  let told: string | undefined
  let toldEnd: string | undefined
  const tellEnd = (): void => {
    const sentence = endOf(files, current)
    if (sentence !== undefined && sentence !== toldEnd) warn(sentence)
    toldEnd = sentence
  }
  tellEnd()
  const look = (): void => {
    try {
      const found = readPair(files)
      told = undefined
      if (found.cert !== current.cert || found.key !== current.key) {
        current = found
        for (const follower of followers) follower(current)
      }
    } catch (error) {
      const sentence = messageOf(error)
      if (sentence !== told) warn(`${sentence} The certificate of before stays in use.`)
      told = sentence
    }
    tellEnd()
  }
  let timer: NodeJS.Timeout | undefined
  return {
    get current() {
      return current
    },
    follow: (onChange) => {
      followers.add(onChange)
      timer ??= setInterval(look, lookMs).unref()
      return () => {
        followers.delete(onChange)
        if (followers.size > 0) return
        clearInterval(timer)
        timer = undefined
      }
    },
  }
}

/** What there is to say of a certificate's end, which must not pass unseen; undefined where it is far. */
function endOf({ cert: path }: CertificateFiles, { cert }: Certificate): string | undefined {
  const end = Date.parse(new X509Certificate(cert).validTo)
  const now = Date.now()
  if (end - now > SOON_MS) return undefined
  const date = new Date(end).toISOString()
  if (end > now) return `The certificate in ${path} ends at ${date}: renew it.`
  return `The certificate in ${path} ended at ${date}, so clients do not trust it: renew it.`
}

/** Both files, which have to belong together: half of a renewal may be written. */
function readPair(files: CertificateFiles): Certificate {
  const [cert, key] = [readText(files.cert), readText(files.key)]
  const problem = problemOf(cert, key)
  if (problem === undefined) return { cert, key }
  throw new SettingsError(
    `The certificate in ${files.cert} ${problem} ${files.key}: give files in PEM form that belong together, the key without a passphrase.`,
  )
}

/** What keeps the two from being used, in words that stand between the names of their files. */
function problemOf(cert: string, key: string): string | undefined {
  try {
    if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) return 'is not of the key in'
    // Reads the certificates behind the first one too.
    createSecureContext({ cert, key })
    return undefined
  } catch {
    return 'can not be used with the key in'
  }
}

function readText(path: string): string {
  try {
    return readGivenFile(path).text
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error
    throw new SettingsError(
      `The file ${path} can not be read (${error.message}): name another one, or change who may read it.`,
      { cause: error },
    )
  }
}
