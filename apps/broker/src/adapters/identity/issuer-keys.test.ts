import { BrokerError } from '@credbroker/core/errors'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Issuer } from '../../domain/config.ts'
import { IssuerKeys } from './issuer-keys.ts'

const issuer: Issuer = {
  name: 'ci',
  source: 'files',
  disabled: false,
  url: 'https://ci.example',
  profile: 'oidc',
  jwks: null,
  algorithms: ['RS256'],
}
const START = Date.UTC(2026, 10, 22)
const after = (seconds: number) => new Date(START + seconds * 1000)
const failure = new BrokerError('vendor_unavailable')

let asked: string[]
let documents: Record<string, unknown>
let keys: IssuerKeys
beforeEach(() => {
  asked = []
  documents = {
    'https://ci.example/.well-known/openid-configuration': {
      issuer: 'https://ci.example',
      jwks_uri: 'https://keys.example/jwks',
    },
    'https://keys.example/jwks': { keys: [{ kid: 'a' }] },
  }
  keys = new IssuerKeys(async (url) => {
    asked.push(url)
    if (!(url in documents)) throw failure
    return documents[url]
  })
})
const down = () => {
  documents = {}
}
const find = (kid: string, seconds: number, of = issuer) => keys.find(of, kid, after(seconds))

describe('the keys of an issuer', () => {
  it('are where its own discovery document says, and read once for many', async () => {
    expect(await Promise.all([find('a', 0), find('a', 0), find('a', 1)])).toEqual([
      [{ kid: 'a' }],
      [{ kid: 'a' }],
      [{ kid: 'a' }],
    ])
    expect(asked).toEqual([
      'https://ci.example/.well-known/openid-configuration',
      'https://keys.example/jwks',
    ])
  })

  it.each([
    { issuer: 'https://ci.example/', jwks_uri: 'https://keys.example/jwks' },
    { issuer: 'https://other.example', jwks_uri: 'https://keys.example/jwks' },
    { jwks_uri: 'https://keys.example/jwks' },
    { issuer: 'https://ci.example' },
    { issuer: 'https://ci.example', jwks_uri: ['https://keys.example/jwks'] },
    [],
    null,
  ])('are not where the document of another one, or none, says: %j', async (document) => {
    documents['https://ci.example/.well-known/openid-configuration'] = document
    await expect(find('a', 0)).rejects.toMatchObject({ code: 'vendor_unavailable' })
    expect(asked).toHaveLength(1)
  })

  it('are asked for directly where the configuration says where they are, and not at all where it has them', async () => {
    await find('a', 0, { ...issuer, jwks: 'https://keys.example/jwks' })
    expect(asked).toEqual(['https://keys.example/jwks'])
    expect(await find('b', 0, { ...issuer, jwks: { keys: [{ kid: 'b' }] } })).toEqual([{ kid: 'b' }])
    expect(await find('c', 99, { ...issuer, jwks: { keys: [{ kid: 'b' }] } })).toEqual([])
    expect(asked).toHaveLength(1)
  })

  it('are read again for one that is not among them, every 30 seconds at most', async () => {
    await find('a', 0)
    documents['https://keys.example/jwks'] = { keys: [{ kid: 'b' }] }
    for (const seconds of [1, 10, 29]) expect(await find('b', seconds)).toEqual([])
    expect(asked).toHaveLength(2)
    expect(await find('b', 31)).toEqual([{ kid: 'b' }])
    expect(await find('nobody', 32)).toEqual([])
    expect(asked).toHaveLength(4)
  })

  it('that were withdrawn count no more when they are read again', async () => {
    await find('a', 0)
    documents['https://keys.example/jwks'] = { keys: [{ kid: 'b' }] }
    expect(await find('a', 301)).toEqual([])
  })

  it('are kept while the issuer fails, for an hour and no longer', async () => {
    await find('a', 0)
    down()
    for (const seconds of [400, 1800, 3599]) expect(await find('a', seconds)).toEqual([{ kid: 'a' }])
    await expect(find('a', 3601)).rejects.toMatchObject({ code: 'vendor_unavailable' })
  })

  it('are not asked for with every token while the issuer fails', async () => {
    down()
    await expect(find('a', 0)).rejects.toMatchObject({ code: 'vendor_unavailable' })
    for (const seconds of [1, 2, 4])
      await expect(find('a', seconds)).rejects.toMatchObject({ code: 'vendor_unavailable' })
    expect(asked).toHaveLength(1)
    await expect(find('a', 6)).rejects.toMatchObject({ code: 'vendor_unavailable' })
    expect(asked).toHaveLength(2)
  })

  it('that are no list, or endless, are none', async () => {
    for (const [at, faulty] of [{ keys: 'a' }, {}, [], { keys: Array(101).fill({ kid: 'a' }) }].entries()) {
      documents['https://keys.example/jwks'] = faulty
      await expect(find('a', at * 10)).rejects.toMatchObject({ code: 'vendor_unavailable' })
    }
  })
})
