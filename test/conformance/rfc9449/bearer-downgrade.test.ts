import { parseAuthorization } from '@credbroker/broker/http/parse-authorization'
import { expect, it } from 'vitest'
import { at, makeBroker, refused, taskToken } from '../token-kit.ts'

const token = (await makeBroker().issuer.issue(taskToken, at())).token.expose()

it('RFC 9449 §7.1: the token comes in the DPoP scheme, whose name has no case', () => {
  expect(parseAuthorization(`DPoP ${token}`)).toBe(token)
  expect(parseAuthorization(`dpop ${token}`)).toBe(token)
})

it.each(['Bearer', 'bearer', 'BEARER'])(
  'RFC 9449 §7.2: a bound token that comes as %s is refused',
  async (scheme) => {
    const value = `${scheme} ${token}`
    expect(await refused('invalid_token', value, () => parseAuthorization(value))).toContain('DPoP')
  },
)

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
