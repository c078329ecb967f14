import { Secret } from '@credbroker/core/secret'
import type { AssertionKeyring, AssertionSigner } from '../../ports/assertions.ts'
import type { Sealer } from '../../ports/keyring.ts'
import type { SigningKeyStore } from '../../ports/signing-keys.ts'
import { SigningKeys } from './signing-keys.ts'

/** One set of keys for each environment; what is remembered is read again after `forget`. */
export function assertionKeys(
  store: SigningKeyStore,
  sealer: Sealer,
): AssertionSigner & AssertionKeyring & { forget(): void } {
  const sets = new Map<string, SigningKeys>()
  const of = (environment: string): SigningKeys => {
    const known = sets.get(environment) ?? new SigningKeys(`assertion:${environment}`, store, sealer)
    sets.set(environment, known)
    return known
  }
  return {
    async sign(environment, claims, now) {
      const { kid, alg, sign } = await of(environment).current(now)
      const signed = `${encode({ typ: 'JWT', alg, kid })}.${encode(claims)}`
      return new Secret(`${signed}.${sign(Buffer.from(signed)).toString('base64url')}`)
    },
    jwks: (environment, now) => of(environment).jwks(now),
    rotate: (environment, now, told) => of(environment).rotate(now, told),
    list: (environment) => of(environment).list(),
    forget() {
      for (const keys of sets.values()) keys.forget()
    },
  }
}

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')
