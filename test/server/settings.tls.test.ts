/** Settings of how a desk is encrypted, and of whose word it takes: what is refused, and what an operator is told. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { noticesOf, readSettings, SettingsError } from '#src/server/settings.js'
import { certificatePem, keyPem } from '../support/pem.js'

const folder = mkdtempSync(join(tmpdir(), 'etcdesk-settings-'))
afterAll(() => rmSync(folder, { recursive: true }))
const pemFile = join(folder, 'one.pem')
writeFileSync(pemFile, certificatePem)
const keyFile = join(folder, 'one.key')
writeFileSync(keyFile, keyPem, { mode: 0o600 })

function refusal(flags: Record<string, unknown>, env: Record<string, string> = {}): string {
  try {
    readSettings({ flags, env })
  } catch (error) {
    if (error instanceof SettingsError) return error.message
    throw error
  }
  throw new Error('the settings were not refused')
}

describe('TLS', () => {
  test('needs a certificate and its key', () => {
    expect(refusal({ 'tls-cert': pemFile })).toBe(
      '--tls-cert is given without --tls-key: TLS needs a certificate and its key.',
    )
    expect(refusal({}, { ETCDESK_TLS_KEY: keyFile })).toBe(
      '--tls-key is given without --tls-cert: TLS needs a certificate and its key.',
    )
  })

  test.skipIf(process.platform === 'win32')('with a key that everyone can read is told', () => {
    const openKey = join(folder, 'open-tls.key')
    writeFileSync(openKey, keyPem)
    chmodSync(openKey, 0o644)
    const sources = { flags: { 'tls-cert': pemFile }, env: { ETCDESK_TLS_KEY: openKey } }
    expect(noticesOf(sources)).toEqual([
      `Everyone on this machine can read the key ${openKey} (ETCDESK_TLS_KEY): chmod o-r it.`,
    ])
    chmodSync(openKey, 0o640)
    expect(noticesOf(sources)).toEqual([])
    expect(noticesOf({ flags: { 'tls-key': join(folder, 'missing') }, env: {} })).toEqual([])
  })
})

describe('proxies that are trusted', () => {
  test.each(['proxy.example', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', '::/129', '*', '10.0.0.1:80', '[::1]'])(
    "'%s' is none",
    (text) => {
      expect(refusal({ 'trusted-proxy': text })).toContain('--trusted-proxy should be addresses or networks')
    },
  )
})
