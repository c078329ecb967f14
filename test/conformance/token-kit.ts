import { createHmac, createPrivateKey, randomFillSync, sign } from 'node:crypto'
import { generateKek } from '@credbroker/broker/adapters/keyring/kek'
import { keyfileSource } from '@credbroker/broker/adapters/keyring/keyfile'
import { createKeyring } from '@credbroker/broker/adapters/keyring/keyring'
import { proofNonces } from '@credbroker/broker/adapters/tokens/dpop-nonce'
import { accessTokenIssuer } from '@credbroker/broker/adapters/tokens/issue-access-token'
import { SigningKeys } from '@credbroker/broker/adapters/tokens/signing-keys'
import { TokenVerifier } from '@credbroker/broker/adapters/tokens/verify'
import type { SigningKeyRecord } from '@credbroker/broker/ports/signing-keys'
import type { AccessToken } from '@credbroker/broker/ports/tokens'
import { type ClientKey, generateClientKey } from '@credbroker/core/client-key'
import { BrokerError, type ErrorCode } from '@credbroker/core/errors'
import { expect } from 'vitest'

export const ISSUER = 'https://broker.example'
export const GATEWAY = 'https://broker.example/gateway'
export const random = (bytes: Uint8Array) => randomFillSync(bytes)

/** Epoch seconds of the frozen clock. */
export const NOW = 1_767_225_600
export const at = (offsetSeconds = 0) => new Date((NOW + offsetSeconds) * 1000)

const { keyring } = await createKeyring(
  'dep_0123456789abcdefghjkmnpqrs',
  keyfileSource('BROKER_KEYFILE', { current: generateKek(random) }),
  random,
)

/** One broker: its access token keys in a list instead of a table, its issuer and its verifier. */
export function makeBroker() {
  const records: SigningKeyRecord[] = []
  const keys = new SigningKeys(
    'access-token',
    {
      list: async () => [...records],
      add: async (record) => void records.push(record),
      retire: async (kid, retiredAt) => {
        const index = records.findIndex((record) => record.kid === kid)
        records[index] = { ...(records[index] as SigningKeyRecord), retiredAt }
      },
    },
    keyring.sealer,
  )
  const nonces = proofNonces(keyring.macs)
  const accessKey = (kid: string, now: Date) => keys.publicKey(kid, now)
  const verifier = new TokenVerifier({ issuer: ISSUER, accessKey, nonces })
  /** The broker's own private key as a client key, to forge tokens that only differ in what a test changes. */
  const ownSigner = async (): Promise<Signer> => {
    const { kid, sign: signBytes } = await keys.current(at())
    return { kid, sign: signBytes }
  }
  return { keys, nonces, verifier, ownSigner, issuer: accessTokenIssuer(ISSUER, keys, random) }
}

export interface Signer {
  readonly kid?: string
  readonly sign: (data: Buffer) => Buffer
}

export const client = generateClientKey()
export const stranger = generateClientKey()

export const es256 = (key: ClientKey): Signer => ({ kid: key.thumbprint, sign: key.sign })
export const hs256 = (secret: string | Buffer): Signer => ({
  sign: (data) => createHmac('sha256', secret).update(data).digest(),
})
export const unsigned: Signer = { sign: () => Buffer.alloc(0) }
/** ES256 in DER, which RFC 7518 §3.4 does not allow. */
export const es256Der = (key: ClientKey): Signer => ({
  sign: (data) =>
    sign('sha256', data, createPrivateKey({ key: JSON.parse(key.privateJwk.expose()), format: 'jwk' })),
})

/** A compact JWS of exactly these parts; a part that is a string is taken as the JSON text itself. */
export function forge(header: object | string, payload: object | string, signer: Signer): string {
  const signed = [header, payload].map(encode).join('.')
  return `${signed}.${signer.sign(Buffer.from(signed)).toString('base64url')}`
}
const encode = (part: object | string): string =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url')

export const part = (jws: string, index: 0 | 1) =>
  JSON.parse(Buffer.from(jws.split('.')[index] as string, 'base64url').toString())

export const taskToken: AccessToken = {
  kind: 'task',
  subject: 'user:alice',
  actor: 'agent:fixer',
  clientId: 'agent:fixer',
  audience: GATEWAY,
  jkt: client.thumbprint,
  task: 'tsk_00000000000000000000000000',
  environment: 'staging',
  scopes: ['orders-ro', 's3-reports'],
}

/** The attempt must end in this code, and nothing the error can print may hold a part of what was sent. */
export async function refused(code: ErrorCode, sent: string, attempt: () => unknown): Promise<string> {
  const error = await Promise.resolve()
    .then(attempt)
    .then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
  expect(error).toBeInstanceOf(BrokerError)
  const { details, message, code: actual } = error as BrokerError
  expect(actual, message).toBe(code)
  expect(details.cause).toBeUndefined()
  const printed = message + JSON.stringify(details)
  for (const piece of sent.split(/[.\s,]+/)) if (piece.length >= 12) expect(printed).not.toContain(piece)
  return message
}
