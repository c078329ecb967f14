import { BrokerError } from '@credbroker/core/errors'
import { Secret } from '@credbroker/core/secret'
import { describe, expect, it } from 'vitest'
import type { LiveConfig } from '../config/live-config.ts'
import { describeIssuer } from '../oauth/describe-issuer.ts'
import { signAssertion } from './sign-assertion.ts'

/** Environments as they are stored: live, disabled, or changed by somebody else than us. */
const stored: Record<string, 'live' | 'disabled' | 'tampered'> = {
  staging: 'live',
  old: 'disabled',
  odd: 'tampered',
}

function issuers() {
  const signed: string[] = []
  const environment = (name: string) => {
    if (stored[name] === 'tampered') throw new BrokerError('tampered')
    return stored[name] && { disabled: stored[name] === 'disabled' }
  }
  const deps = {
    config: { newest: async () => ({ snapshot: { environment } }) } as unknown as LiveConfig,
    assertions: {
      sign: async (name: string) => {
        signed.push(name)
        return new Secret('signed')
      },
      jwks: async () => ({ keys: [] }),
    },
    clock: { now: () => new Date(0) },
    random: (bytes: Uint8Array) => bytes,
    issuer: 'https://broker.example',
  }
  const order = { root: 'aws', as: 'root', audience: 'sts.amazonaws.com', claims: {} } as const
  return {
    signed,
    sign: (name: string) => signAssertion(deps)({ ...order, environment: name }),
    described: describeIssuer(deps),
  }
}

describe('the assertion issuer of an environment', () => {
  it('signs for it, and is described at the address that it signs with', async () => {
    const { sign, described, signed } = issuers()
    const { issuer, subject } = await sign('staging')
    expect([issuer, subject]).toEqual(['https://broker.example/issuers/staging', 'env:staging:root:aws'])
    expect(await described.metadata('staging')).toMatchObject({ issuer, jwks_uri: `${issuer}/jwks.json` })
    expect(signed).toEqual(['staging'])
  })

  it.each([
    ['disabled', 'old', 'root_unusable', 'not_found'],
    ['not there', 'new', 'root_unusable', 'not_found'],
    ['changed by hand (I13)', 'odd', 'tampered', 'tampered'],
  ])('of one that is %s signs nothing and shows nothing', async (_name, environment, signing, showing) => {
    const { sign, described, signed } = issuers()
    await expect(sign(environment)).rejects.toMatchObject({ code: signing })
    await expect(described.metadata(environment)).rejects.toMatchObject({ code: showing })
    await expect(described.jwks(environment)).rejects.toMatchObject({ code: showing })
    expect(signed).toEqual([])
  })
})
