import type { FillRandom } from '@credbroker/core/ids'
import { makeKek, newKeyId } from './kek.ts'
import type { KeySource } from './key-source.ts'
import { refusal } from './private-file.ts'

/** The two calls we need of a key management service. `context` is authenticated along with the key. */
export interface Kms {
  /** 32 random bytes, plain and encrypted. */
  generateDataKey(context: KmsContext): Promise<{ readonly key: Uint8Array; readonly blob: Uint8Array }>
  /** @throws when blob, context or the service's own key is another. */
  decrypt(blob: Uint8Array, context: KmsContext): Promise<Uint8Array>
}
export type KmsContext = Record<string, string>

/**
 * The key-encryption key is a data key of the service, which alone can decrypt it; its encrypted form lies in the slot.
 * The service is asked once, at boot. To rotate is to have another data key made.
 */
export const kmsSource = (setting: string, kms: Kms, random: FillRandom): KeySource => {
  const ask = async <T>(call: () => Promise<T>): Promise<T> => {
    try {
      return await call()
    } catch (cause) {
      throw refusal(setting, 'the key management service refused, or did not answer', cause)
    }
  }
  return {
    setting,
    async current() {
      const keyId = newKeyId(random)
      const { key, blob } = await ask(() => kms.generateDataKey(contextOf(keyId)))
      return { kek: makeKek(keyId, key), slot: { keyId, kms: Buffer.from(blob).toString('base64url') } }
    },
    async unlock({ keyId, kms: blob }) {
      if (blob === undefined) return []
      const bytes = await ask(() => kms.decrypt(Buffer.from(blob, 'base64url'), contextOf(keyId)))
      return [makeKek(keyId, bytes)]
    },
  }
}

const contextOf = (keyId: string): KmsContext => ({ purpose: 'credbroker-key-encryption-key/1', keyId })
