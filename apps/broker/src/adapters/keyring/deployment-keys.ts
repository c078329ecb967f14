import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto'
import type { Secret } from '@credbroker/core/secret'
import { type Fingerprints, MAC_DOMAINS, type MacDomain, type Macs } from '../../ports/keyring.ts'
import { deriveKey } from './kek.ts'

/** Keys derived from the deployment secret, one per use. They stay the same when the key-encryption key rotates. */
export class DeploymentKeys implements Macs, Fingerprints {
  readonly #macKeys: ReadonlyMap<MacDomain, KeyObject>
  readonly #rootKey: KeyObject
  readonly #partKey: KeyObject
  readonly #auditKey: KeyObject
  /** For names at vendors: see vendor-names.ts. */
  readonly vendorNameKey: KeyObject

  /** `master`: 32 random bytes, base64url. */
  constructor(deployment: string, master: Secret) {
    const from = createSecretKey(Buffer.from(master.expose(), 'base64url'))
    const derive = (label: string) => deriveKey(from, deployment, label)
    this.#macKeys = new Map(MAC_DOMAINS.map((domain) => [domain, derive(`mac/${domain}`)]))
    this.#rootKey = derive('root-fingerprint')
    this.#partKey = derive('secret-part')
    this.#auditKey = derive('audit-value')
    this.vendorNameKey = derive('vendor-name')
  }

  mac(domain: MacDomain, message: string): string {
    return hmac(this.#macKeys.get(domain) as KeyObject, message)
  }

  matches(domain: MacDomain, message: string, mac: string): boolean {
    return equalTexts(this.mac(domain, message), mac)
  }

  root(root: Secret): string {
    return hmac(this.#rootKey, root.expose())
  }

  part(part: Secret): string {
    return hmac(this.#partKey, part.expose())
  }

  auditValue(field: string, value: string): string {
    // JSON keeps field and value apart: no pair can be split another way.
    return hmac(this.#auditKey, JSON.stringify([field, value]))
  }
}

const hmac = (key: KeyObject, message: string): string =>
  createHmac('sha256', key).update(message).digest('base64url')

/** Constant time for texts of the same length. */
export function equalTexts(expected: string, given: string): boolean {
  const a = Buffer.from(expected)
  const b = Buffer.from(given)
  return a.length === b.length && timingSafeEqual(a, b)
}
