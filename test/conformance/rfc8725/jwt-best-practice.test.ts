import { createPublicKey } from 'node:crypto'
import { signAssertion, signProof } from '@credbroker/core/client-key'
import type { ErrorCode } from '@credbroker/core/errors'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  at,
  client,
  es256,
  es256Der,
  forge,
  GATEWAY,
  hs256,
  ISSUER,
  makeBroker,
  part,
  random,
  refused,
  type Signer,
  stranger,
  taskToken,
  unsigned,
} from '../token-kit.ts'

const { issuer, verifier, ownSigner, keys } = makeBroker()
const url = 'https://broker.example/v1/tasks'
const brokerKey = createPublicKey({ key: { ...(await keys.current(at())).publicJwk }, format: 'jwk' })
const clientKey = createPublicKey({ key: { ...client.publicJwk }, format: 'jwk' })

/** The three kinds of token: a sound one, who signs it, the public key a confused verifier would take for an HMAC secret, and how it is verified. */
const kinds = [
  {
    name: 'an access token',
    code: 'invalid_token' as ErrorCode,
    sound: (await issuer.issue(taskToken, at())).token.expose(),
    signer: await ownSigner(),
    publicKey: brokerKey,
    verify: (text: string) => verifier.verifyAccessToken(text, GATEWAY, at()),
  },
  {
    name: 'a DPoP proof',
    code: 'invalid_dpop_proof' as ErrorCode,
    sound: signProof({ method: 'GET', url }, client, at(), random),
    signer: es256(client) as Signer,
    publicKey: clientKey,
    verify: async (text: string) =>
      verifier.verifyProof({ header: text, method: 'GET', url, jkt: client.thumbprint }, at()),
  },
  {
    name: 'an assertion',
    code: 'invalid_token' as ErrorCode,
    sound: signAssertion({ subject: 'agent:fixer', audience: ISSUER }, client, at(), random),
    signer: es256(client) as Signer,
    publicKey: clientKey,
    verify: async (text: string) =>
      verifier.verifyAssertion(
        text,
        { subject: 'agent:fixer', key: client.publicJwk, audiences: [ISSUER] },
        at(),
      ),
  },
]

describe.each(kinds)('RFC 8725, $name', ({ code, sound, signer, publicKey, verify }) => {
  const header = part(sound, 0)
  const claims = part(sound, 1)
  const no = (text: string) => refused(code, text, () => verify(text))

  it('the sound one is accepted: what follows is refused for its fault alone', async () => {
    expect(await verify(sound)).toBeDefined()
    expect(await verify(forge(header, claims, signer))).toBeDefined()
  })

  it('§3.1, §2.1: alg none is refused in every spelling, with and without a signature', async () => {
    for (const alg of ['none', 'None', 'NONE', 'nOnE', '']) {
      await no(forge({ ...header, alg }, claims, unsigned))
      await no(forge({ ...header, alg }, claims, signer))
    }
    await no(`${sound.split('.').slice(0, 2).join('.')}.`)
  })

  it('§3.1, §2.1: HS256 with the public key as the secret is refused', async () => {
    const pem = publicKey.export({ type: 'spki', format: 'pem' })
    const der = publicKey.export({ type: 'spki', format: 'der' })
    for (const secret of [pem, der, JSON.stringify(publicKey.export({ format: 'jwk' }))]) {
      await no(forge({ ...header, alg: 'HS256' }, claims, hs256(secret)))
      await no(forge(header, claims, hs256(secret)))
    }
  })

  it.each(['RS256', 'PS256', 'ES384', 'ES512', 'ES256K', 'EdDSA', 'Ed25519', 'es256', 'ES256 '])(
    '§3.1: alg %s over our P-256 key is refused',
    async (alg) => {
      await no(forge({ ...header, alg }, claims, signer))
    },
  )

  it('§3.3, RFC 7518 §3.4: a signature in DER, of zeros, cut or lengthened is refused', async () => {
    const [head, body, tail] = sound.split('.') as [string, string, string]
    const bytes = Buffer.from(tail, 'base64url')
    const wrong = [
      Buffer.alloc(64),
      Buffer.alloc(64, 255),
      bytes.subarray(0, 63),
      Buffer.concat([bytes, Buffer.alloc(1)]),
    ]
    for (const signature of wrong) await no(`${head}.${body}.${signature.toString('base64url')}`)
    await no(forge(header, claims, es256Der(client)))
  })

  it('§3.5, §3.10: keys that the header brings or points to are refused', async () => {
    for (const extra of [
      { jwk: stranger.publicJwk },
      { jku: 'https://evil.example/jwks.json' },
      { x5u: 'https://evil.example/cert.pem' },
      { x5c: ['MIIB'] },
      { x5t: 'x' },
    ]) {
      const merged = { ...header, ...extra }
      await no(forge(merged, claims, es256(stranger)))
      if (!('jwk' in extra && 'jwk' in header)) await no(forge(merged, claims, signer))
    }
  })

  it('§3.10: a kid is compared, never followed', async () => {
    for (const kid of [
      '../../../../dev/null',
      '/proc/self/environ',
      "x' UNION SELECT 'k",
      '__proto__',
      'constructor',
    ])
      await no(forge({ ...header, kid }, claims, es256(stranger)))
  })

  it('RFC 7515 §4.1.11: crit is refused, and so is every other member we do not know', async () => {
    for (const extra of [
      { crit: ['exp'] },
      { crit: [] },
      { b64: false, crit: ['b64'] },
      { zip: 'DEF' },
      { cty: 'JWT' },
      { 'x-any': 1 },
    ])
      await no(forge({ ...header, ...extra }, claims, signer))
  })

  it('§2.4, RFC 7515 §4: a member that is named twice is refused, in header and claims, escaped or not', async () => {
    const twice = (object: object, member: string) => `{${member},${JSON.stringify(object).slice(1)}`
    await no(forge(twice(header, '"alg":"none"'), claims, signer))
    await no(forge(twice(header, '"\\u0061lg":"none"'), claims, signer))
    await no(forge(header, twice(claims, '"jti":"other"'), signer))
    await no(forge(header, twice(claims, '"jt\\u0069":"other"'), signer))
  })

  it('§3.7: claims that are not UTF-8, or begin with a byte order mark, are refused', async () => {
    const text = JSON.stringify({ ...claims, extra: 'X' })
    const forgeBytes = (bytes: Buffer) => {
      const signed = `${sound.split('.')[0]}.${bytes.toString('base64url')}`
      return `${signed}.${signer.sign(Buffer.from(signed)).toString('base64url')}`
    }
    expect(await verify(forgeBytes(Buffer.from(text)))).toBeDefined()
    const broken = Buffer.from(text)
    broken[broken.lastIndexOf('X')] = 0xff
    await no(forgeBytes(broken))
    await no(forgeBytes(Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(text)])))
  })

  it('§3.11, §3.12: the other two kinds are refused in its place', async () => {
    for (const other of kinds) if (other.sound !== sound) await no(other.sound)
    for (const other of kinds)
      if (other.sound !== sound) await no(forge(part(other.sound, 0), claims, signer))
  })

  it('RFC 7515 §3.1: another text for the same bytes is refused', async () => {
    const [head, body, tail] = sound.split('.') as [string, string, string]
    for (const text of [
      `${sound}=`,
      `${sound}==`,
      `${sound}\n`,
      ` ${sound}`,
      `${head}=.${body}.${tail}`,
      `${head}. ${body}.${tail}`,
    ])
      await no(text)
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    // 64 bytes leave four unused bits in the last character.
    await no(sound.slice(0, -1) + alphabet[alphabet.indexOf(sound.at(-1) as string) ^ 1])
  })

  it('8192 characters are read, one more is not', async () => {
    const padded = (length: number): string => {
      const empty = forge(header, { ...claims, pad: '' }, signer).length
      for (let pad = Math.floor(((length - empty) * 3) / 4) - 4; ; pad++) {
        const text = forge(header, { ...claims, pad: 'x'.repeat(pad) }, signer)
        if (text.length >= length) return text
      }
    }
    expect(await verify(padded(8185))).toBeDefined()
    await no(padded(8193))
    await no('A'.repeat(10_000_000))
  })

  it('deep nesting is refused', async () => {
    await no(
      forge(header, `{"a":${'['.repeat(500)}${']'.repeat(500)},${JSON.stringify(claims).slice(1)}`, signer),
    )
  })

  it('any single changed character is refused', async () => {
    const place = fc.integer({ min: 0, max: sound.length - 1 })
    await fc.assert(
      fc.asyncProperty(place, fc.constantFrom(...'ABCabc019-_.='), async (index, char) => {
        fc.pre(sound[index] !== char)
        await no(sound.slice(0, index) + char + sound.slice(index + 1))
      }),
    )
  })

  it('any other text is refused', async () => {
    await fc.assert(fc.asyncProperty(fc.string(), async (text) => void (await no(text))))
    const anyPart = fc.oneof(fc.json(), fc.string())
    await fc.assert(fc.asyncProperty(anyPart, anyPart, async (a, b) => void (await no(forge(a, b, signer)))))
  })
})
