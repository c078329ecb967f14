import type { FillRandom } from '@credbroker/core/ids'
import type { AuditLog } from '../../ports/audit.ts'
import type { Clock, NewId } from '../../ports/clock.ts'
import type { DeviceStore } from '../../ports/device-store.ts'
import type { Macs } from '../../ports/keyring.ts'
import type { AccessTokenIssuer, ProofVerifier } from '../../ports/tokens.ts'
import type { Recorder } from '../audit/recorder.ts'
import type { LiveConfig } from '../config/live-config.ts'
import type { KnownKeys } from '../identity/known-keys.ts'

/** What the verbs of the device flow (RFC 8628) work with. */
export interface DeviceDeps {
  readonly devices: DeviceStore
  readonly proofs: ProofVerifier
  readonly tokens: AccessTokenIssuer
  readonly keys: KnownKeys
  readonly config: LiveConfig
  readonly audit: AuditLog
  readonly macs: Macs
  readonly record: Recorder
  readonly clock: Clock
  readonly newId: NewId
  readonly random: FillRandom
  readonly issuer: string
}

/** The one client that has no key of its own yet. */
export const DEVICE_CLIENT = 'broker-cli'
/** What rows are sealed as (I13). */
export const DEVICE_TABLE = 'device_requests'

/** Consonants: no words, and nothing that looks like something else (RFC 8628 §6.1). */
const LETTERS = 'BCDFGHJKLMNPQRSTVWXZ'
const LENGTH = 8

/** Eight of twenty letters: 34 bits. */
export function newUserCode(random: FillRandom): string {
  let code = ''
  while (code.length < LENGTH) {
    for (const byte of random(new Uint8Array(16))) {
      // 240 is the largest multiple of twenty in a byte: every letter is as likely as the others.
      if (byte < 240 && code.length < LENGTH) code += LETTERS.charAt(byte % LETTERS.length)
    }
  }
  return code
}

export const userCodeDigest = (macs: Macs, code: string): string =>
  macs.mac('challenge', JSON.stringify(['user-code', code]))
