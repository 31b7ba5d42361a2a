/**
 * The doors' certificate, from files that are looked at again every ten seconds: who renews it (certbot, cert-manager) writes new ones, and
 * nobody has to start anything again. New ones that can't be used change nothing, and the log says why.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Certificate, Certificates } from '../http/tls-front.js'

const LOOK_MS = 10_000

/** The files can't be used. The message is one sentence that says what to do. */
export class CertificateError extends Error {
  override readonly name = 'CertificateError'
}

export interface CertificateFiles {
  readonly cert: string
  readonly key: string
}

/** Reads the files. Rejects with a CertificateError. `warn` is told of later ones that can't be used, once each. */
export async function openCertificates(
  files: CertificateFiles,
  warn: (sentence: string) => void,
): Promise<Certificates> {
  let current = await readPair(files)
  const followers = new Set<(certificate: Certificate) => void>()
  let told: string | undefined
  const look = async (): Promise<void> => {
    try {
      const found = await readPair(files)
      told = undefined
      if (found.cert === current.cert && found.key === current.key) return
      current = found
      for (const follower of followers) follower(current)
    } catch (error) {
      const sentence = error instanceof Error ? error.message : String(error)
      if (sentence !== told) warn(`${sentence} The certificate of before stays in use.`)
      told = sentence
    }
  }
  let timer: NodeJS.Timeout | undefined
  return {
    get current() {
      return current
    },
    follow: (onChange) => {
      followers.add(onChange)
      timer ??= setInterval(() => void look(), LOOK_MS).unref()
      return () => {
        followers.delete(onChange)
        if (followers.size > 0) return
        clearInterval(timer)
        timer = undefined
      }
    },
  }
}

/** Both files, which have to belong together: half of a renewal may be written. */
async function readPair(files: CertificateFiles): Promise<Certificate> {
  const [cert, key] = await Promise.all([readText(files.cert), readText(files.key)])
  let problem: string | undefined
  try {
    if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) problem = 'is not of the key in'
  } catch {
    problem = 'can not be read with the key in'
  }
  if (problem === undefined) return { cert, key }
  throw new CertificateError(
    `The certificate in ${files.cert} ${problem} ${files.key}: give files in PEM that belong together, the key without a passphrase.`,
  )
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new CertificateError(
      `The file ${path} can not be read (${reason}): name another one, or change who may read it.`,
      {
        cause: error,
      },
    )
  }
}
