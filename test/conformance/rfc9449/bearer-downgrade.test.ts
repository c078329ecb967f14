import { parseAuthorization } from '@credbroker/broker/http/parse-authorization'
import { newOpaque } from '@credbroker/core/opaque'
import { expect, it } from 'vitest'
import { at, makeBroker, refused, taskToken } from '../token-kit.ts'

const token = (await makeBroker().issuer.issue(taskToken, at())).token.expose()

it('RFC 9449 §7.1: the token comes in the DPoP scheme, whose name has no case', () => {
  expect(parseAuthorization(`DPoP ${token}`)).toEqual({ scheme: 'dpop', token })
  expect(parseAuthorization(`dpop ${token}`)).toEqual({ scheme: 'dpop', token })
})

it.each(['Bearer', 'bearer', 'BEARER'])(
  'RFC 9449 §7.2: a bound token that comes as %s is refused',
  async (scheme) => {
    const value = `${scheme} ${token}`
    expect(await refused('invalid_token', value, () => parseAuthorization(value))).toContain('DPoP')
  },
)

it('RFC 9449 §7.2: only what has the form of a session comes as Bearer; as DPoP it is taken for an access token', () => {
  const session = newOpaque('ses', (bytes) => bytes.fill(7))
  expect(parseAuthorization(`Bearer ${session}`)).toEqual({ scheme: 'session', token: session })
  expect(parseAuthorization(`DPoP ${session}`)).toEqual({ scheme: 'dpop', token: session })
  for (const kind of ['enr', 'set', 'run'] as const) {
    const other = `Bearer ${newOpaque(kind, (bytes) => bytes.fill(7))}`
    expect(() => parseAuthorization(other)).toThrow(expect.objectContaining({ code: 'invalid_token' }))
  }
})

it.each(['Basic', 'DPoPX', 'Token', ''])('RFC 9110 §11.6.2: scheme %j is refused', async (scheme) => {
  await refused('invalid_token', token, () => parseAuthorization(`${scheme} ${token}`))
})

it('RFC 9110 §11.6.2: two values, no value, and characters outside token68 are refused', async () => {
  for (const value of [
    `DPoP ${token}, DPoP ${token}`,
    `DPoP ${token} ${token}`,
    'DPoP',
    'DPoP ',
    `DPoP ${token}\u0000`,
    token,
  ])
    await refused('invalid_token', value, () => parseAuthorization(value))
})

it('without the field nobody has asked yet', async () => {
  await refused('unauthenticated', '', () => parseAuthorization(undefined))
  await refused('unauthenticated', '', () => parseAuthorization(''))
})
