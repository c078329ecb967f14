import type { Sealed } from '../../ports/keyring.ts'
import { isKeyId } from './kek.ts'

/** The parts of a {@link Sealed}: which key wraps the data key, the wrapped data key, the ciphertext. */
export interface SealedParts {
  readonly keyId: string
  readonly wrapped: Buffer
  readonly body: Buffer
}

const PREFIX = 'sealed.1'

export const formatSealed = ({ keyId, wrapped, body }: SealedParts): Sealed =>
  [PREFIX, keyId, wrapped.toString('base64url'), body.toString('base64url')].join('.') as Sealed

/** Undefined unless the text is exactly what {@link formatSealed} writes, so that no bit of it is free to change. */
export function parseSealed(text: string): SealedParts | undefined {
  const [, , keyId, wrappedText, bodyText] = text.split('.')
  if (keyId === undefined || wrappedText === undefined || bodyText === undefined) return undefined
  const wrapped = Buffer.from(wrappedText, 'base64url')
  const body = Buffer.from(bodyText, 'base64url')
  const parts = { keyId, wrapped, body }
  return isKeyId(keyId) && formatSealed(parts) === text ? parts : undefined
}
