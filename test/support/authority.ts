/** An authority of a test's own, and certificates that it signs, made with openssl in a folder of the test's. */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export class Authority {
  readonly name: string
  readonly #folder: string

  constructor(folder: string, name: string) {
    this.#folder = folder
    this.name = name
    this.#openssl('req', '-x509', '-days', '30', ...this.#newKey(name), '-out', `${name}.pem`, '-subj', `/CN=${name}`)
  }

  /** The path of a certificate, of the authority's own where none is named. */
  cert(name = this.name): string {
    return join(this.#folder, `${name}.pem`)
  }

  key(name = this.name): string {
    return join(this.#folder, `${name}.key`)
  }

  text(name = this.name): string {
    return readFileSync(this.cert(name), 'utf8')
  }

  /** Makes a certificate for this machine, good for servers and clients. One for 0 days has ended. */
  sign(name: string, days = 30): this {
    writeFileSync(
      join(this.#folder, `${name}.ext`),
      'subjectAltName=IP:127.0.0.1,IP:::1,DNS:localhost\nextendedKeyUsage=serverAuth,clientAuth\n',
    )
    this.#openssl('req', ...this.#newKey(name), '-out', `${name}.csr`, '-subj', `/CN=${name}`)
    const signed = ['-CA', `${this.name}.pem`, '-CAkey', `${this.name}.key`, '-CAcreateserial', '-days', String(days)]
    this.#openssl('x509', '-req', '-in', `${name}.csr`, '-out', `${name}.pem`, '-extfile', `${name}.ext`, ...signed)
    return this
  }

  #newKey(name: string): string[] {
    return ['-newkey', 'rsa:2048', '-nodes', '-keyout', `${name}.key`]
  }

  #openssl(...args: string[]): void {
    execFileSync('openssl', args, { cwd: this.#folder, stdio: 'pipe' })
  }
}
