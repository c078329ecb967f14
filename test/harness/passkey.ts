import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

/** What a dishonest browser or authenticator does. Left out: an honest one. */
export interface Twist {
  readonly origin?: string
  readonly rpId?: string
  readonly userVerified?: boolean
  readonly userPresent?: boolean
  /** Instead of the challenge that was asked. */
  readonly challenge?: string
  /** Instead of the next one. */
  readonly counter?: number
  readonly type?: string
  readonly userHandle?: string
  readonly crossOrigin?: boolean
  /** Signs with another key. */
  readonly forged?: boolean
}

/** The options of a ceremony, as far as an authenticator reads them. */
export interface Asked {
  readonly challenge?: string
  readonly rpId?: string
  readonly rp?: { readonly id?: string }
  readonly user?: { readonly id: string }
}

/** A passkey in software: ES256, discoverable, without attestation (WebAuthn Level 3). `origin`: where its browser is. */
export class SoftPasskey {
  readonly id = randomBytes(32).toString('base64url')
  readonly #keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  readonly #origin: string
  #handle = ''
  #counter: number

  /** `counter`: 0 for one that does not count. */
  constructor(origin: string, counter = 0) {
    this.#origin = origin
    this.#counter = counter
  }

  register(asked: object, twist: Twist = {}) {
    const options = asked as Asked
    this.#handle = options.user?.id ?? ''
    const rpId = twist.rpId ?? options.rp?.id ?? ''
    const data = Buffer.concat([
      authenticatorData(rpId, 0x40, twist.counter ?? this.#counter, twist),
      Buffer.alloc(16),
      Buffer.from([0, 32]),
      Buffer.from(this.id, 'base64url'),
      coseKey(this.#keys.publicKey),
    ])
    const attestation = cbor(
      new Map<string, unknown>([
        ['fmt', 'none'],
        ['attStmt', new Map()],
        ['authData', data],
      ]),
    )
    return this.#answer({
      clientDataJSON: this.#clientData('webauthn.create', options, twist).toString('base64url'),
      attestationObject: attestation.toString('base64url'),
      transports: ['internal'],
    })
  }

  assert(asked: object, twist: Twist = {}) {
    const options = asked as Asked
    if (this.#counter > 0) this.#counter++
    const data = authenticatorData(twist.rpId ?? options.rpId ?? '', 0, twist.counter ?? this.#counter, twist)
    const client = this.#clientData('webauthn.get', options, twist)
    const signed = Buffer.concat([data, createHash('sha256').update(client).digest()])
    const key = twist.forged
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
      : this.#keys.privateKey
    return this.#answer({
      clientDataJSON: client.toString('base64url'),
      authenticatorData: data.toString('base64url'),
      signature: sign('sha256', signed, key).toString('base64url'),
      userHandle: twist.userHandle ?? this.#handle,
    })
  }

  #answer(response: object) {
    return { id: this.id, rawId: this.id, type: 'public-key', response, clientExtensionResults: {} }
  }

  #clientData(type: string, { challenge }: Asked, twist: Twist): Buffer {
    return Buffer.from(
      JSON.stringify({
        type: twist.type ?? type,
        challenge: twist.challenge ?? challenge,
        origin: twist.origin ?? this.#origin,
        crossOrigin: twist.crossOrigin ?? false,
      }),
    )
  }
}

/** WebAuthn §6.1. */
function authenticatorData(
  rpId: string,
  flags: number,
  counter: number,
  { userVerified = true, userPresent = true }: Twist,
): Buffer {
  const head = Buffer.alloc(5)
  head[0] = flags | (userPresent ? 0x01 : 0) | (userVerified ? 0x04 : 0)
  head.writeUInt32BE(counter, 1)
  return Buffer.concat([createHash('sha256').update(rpId).digest(), head])
}

/** RFC 9053 §2.1, §7.1: EC2, ES256, P-256. */
function coseKey(key: KeyObject): Buffer {
  const { x = '', y = '' } = key.export({ format: 'jwk' })
  return cbor(
    new Map<number, unknown>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, Buffer.from(x, 'base64url')],
      [-3, Buffer.from(y, 'base64url')],
    ]),
  )
}

/** As much of RFC 8949 as a passkey says. */
function cbor(value: unknown): Buffer {
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value)
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value])
  if (value instanceof Map)
    return Buffer.concat([head(5, value.size), ...[...value].flatMap(([key, one]) => [cbor(key), cbor(one)])])
  throw new TypeError('not for CBOR')
}

function head(major: number, size: number): Buffer {
  if (size < 24) return Buffer.from([(major << 5) | size])
  if (size < 256) return Buffer.from([(major << 5) | 24, size])
  return Buffer.from([(major << 5) | 25, size >> 8, size & 255])
}
