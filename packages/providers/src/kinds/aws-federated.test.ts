import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { asRoot, printed } from '../../../../test/contracts/provider/bench.ts'
import { honesty } from '../../../../test/contracts/provider/honesty.ts'
import { lifetime } from '../../../../test/contracts/provider/lifetime.ts'
import { names } from '../../../../test/contracts/provider/names.ts'
import { secrecy } from '../../../../test/contracts/provider/secrecy.ts'
import type { Bench } from '../../../../test/contracts/provider/vendor.ts'
import { lists, order, startAws } from '../../test/aws-fixture.ts'
import {
  federatedAccount,
  federatedBy,
  ROOT,
  startIssuer,
  type TestIssuer,
} from '../../test/federation-fixture.ts'
import { guardProvider } from '../guard.ts'
import awsFederated from './aws-federated.ts'

const { moto, skipped } = await startAws()
const PRODUCTION = '222222222222'

describe.skipIf(skipped)('aws-federated, against an AWS that verifies web identities', () => {
  let issuer: TestIssuer
  let account: Awaited<ReturnType<typeof federatedAccount>>
  beforeAll(async () => {
    issuer = await startIssuer('staging')
    account = await federatedAccount(moto, issuer)
  })
  afterAll(async () => {
    await issuer.stop()
    await moto.stop()
  })

  for (const withRevoker of [false, true])
    describe(`${withRevoker ? 'with' : 'without'} a revoker keeps the contract of providers`, () => {
      const bench = { provider: awsFederated } as unknown as Bench
      beforeAll(() => {
        const { id, lax, reports, spec, root } = account
        bench.vendor = {
          root: withRevoker ? account.withRevoker : root,
          overBroadRoot: { ...root, roles: [...root.roles, lax] },
          federated: { root: ROOT, environment: 'staging', sign: issuer.sign },
          rootSecrets: [],
          spec,
          anchors: [id],
          foreignAnchors: [PRODUCTION, `${id}/role/other`],
          async works(credential) {
            const works = (await lists(credential, reports, 'march/')) === '1 keys'
            if (!works) await moto.setClockAhead(0)
            return works
          },
          advance: (seconds) => moto.setClockAhead(seconds),
          close: async () => {},
        }
      })
      describe('lifetime (I3, I7, I8)', () => lifetime(bench))
      describe('secrecy (I1)', () => secrecy(bench))
      describe('honesty (I2, I4b)', () => honesty(bench))
      describe('names', () => names(bench))
    })

  describe('what it reaches (I2)', () => {
    it('is exactly the roles that it names, as AWS itself calls them', async () => {
      const { withRevoker, id, root } = account
      const alone = await federatedBy(issuer).inspect(asRoot(root))
      expect(alone.reach).toEqual([`${id}/role/agents/federated`])
      expect(alone.identity).toBe(`env:staging:root:${ROOT} of ${issuer.url}`)
      const both = await federatedBy(issuer).inspect(asRoot(withRevoker))
      expect(both.reach).toEqual([`${id}/role/agents/federated`, `${id}/role/revoker`])
      expect(both.findings.map(({ code }) => code)).toEqual(['revoker-can-widen'])
    })

    it('a role that takes any subject of the issuer is named', async () => {
      const { findings } = await federatedBy(issuer).inspect(
        asRoot({ ...account.root, roles: [account.lax] }),
      )
      const [found] = findings.filter(({ code }) => code === 'subject-not-pinned')
      expect(found).toMatchObject({ level: 'over-broad', message: expect.stringContaining(account.lax) })
    })

    it('a scope over another role than the root’s is refused', async () => {
      const spec = { ...account.spec, roleArn: account.lax }
      await expect(federatedBy(issuer).assess(asRoot(account.root), spec)).rejects.toMatchObject({
        code: 'reach_refused',
      })
      const minted = federatedBy(issuer).mint(asRoot(account.root), spec, order(account.id))
      await expect(minted).rejects.toMatchObject({ code: 'reach_refused' })
    })

    it.each([
      ['no role', { roles: [] }],
      ['a pattern of roles', { roles: ['arn:aws:iam::111111111111:role/*'] }],
      ['a key beside them', { accessKeyId: 'AKIAXXXXXXXXXXXXXXXX' }],
      ['a revoker that is minted from', { revokerRole: 'same' }],
      ['a revoker of another account', { revokerRole: 'arn:aws:iam::111111111111:role/revoker' }],
    ])('%s is no root', (_name, change) => {
      const { root } = account
      const said = {
        ...root,
        ...change,
        ...('revokerRole' in change && change.revokerRole === 'same' && { revokerRole: root.roles[0] }),
      }
      expect(() => federatedBy(issuer).checkRoot(asRoot(said as never))).toThrow(
        expect.objectContaining({ code: 'invalid_request' }),
      )
    })
  })

  describe('a session', () => {
    it('may do no more than its scope, and carries who works and for what', async () => {
      const { root, spec, id, reports, ledger } = account
      const { credential } = await federatedBy(issuer).mint(asRoot(root), spec, order(id))
      expect(await lists(credential, reports, 'march/')).toBe('1 keys')
      expect(await lists(credential, ledger)).toBe('AccessDenied')
      expect(issuer.signed.at(-1)).toMatchObject({
        as: 'root',
        audience: 'sts.amazonaws.com',
        work: { agent: 'agent:ci', task: 'tsk_1' },
        claims: {
          'https://aws.amazon.com/tags': {
            principal_tags: { 'brk:task': ['tsk_1'], 'brk:env': ['staging'] },
          },
          'https://aws.amazon.com/source_identity': 'agent-ci',
        },
      })
    })

    it('lives an hour where its role allows less than was asked', async () => {
      const { root, spec, id } = account
      const made = order(id, { ttlSeconds: 9000, expiresAt: new Date(Date.now() + 9_000_000) })
      const { expiresAt } = await federatedBy(issuer).mint(asRoot(root), spec, made)
      expect(expiresAt.getTime()).toBeLessThanOrEqual(Date.now() + 3_601_000)
    })

    it('is denied early by a revoker that became its role for this (I8)', async () => {
      const { withRevoker, spec, id, reports } = account
      const made = order(id)
      const { credential, handle, expiresAt } = await federatedBy(issuer).mint(
        asRoot(withRevoker),
        spec,
        made,
      )
      const lease = { name: made.name, spec, expiresAt, handle }
      const result = await federatedBy(issuer).revocation?.revoke(asRoot(withRevoker), lease)
      expect(result).toMatchObject({
        credentialDead: false,
        remains: ['AWS takes minutes to apply the denial'],
      })
      expect(await lists(credential, reports, 'march/')).toBe('AccessDenied')
    })

    it.each([
      ['for another audience', { aud: 'sts.example.com' }, 'OIDC provider'],
      ['of a subject that the role does not name', { sub: 'env:staging:root:other' }, 'trust policy'],
      [
        'of an issuer that the account does not know',
        { iss: 'http://127.0.0.1:1/issuers/x' },
        'OIDC provider',
      ],
      ['that is over', { exp: 1_700_000_000 }, 'clock'],
    ])('an assertion %s gives nothing, and the error says what to look at', async (_name, claims, words) => {
      issuer.bend = (honest) => ({ ...honest, ...claims })
      try {
        const minted = federatedBy(issuer).mint(asRoot(account.root), account.spec, order(account.id))
        await expect(minted).rejects.toMatchObject({
          code: 'vendor_refused',
          details: { detail: expect.stringContaining(words) },
        })
      } finally {
        issuer.bend = (honest) => honest
      }
    })

    it('I2 the assertion of another issuer, with the same subject, is not the role’s, nor is one that its key signed in our name', async () => {
      const production = await startIssuer('production')
      const minted = federatedBy(production).mint(asRoot(account.root), account.spec, order(account.id))
      await expect(minted).rejects.toMatchObject({ code: 'vendor_refused' })
      await account.aws.openIdProvider(production.url, 'sts.amazonaws.com')
      const known = federatedBy(production).mint(asRoot(account.root), account.spec, order(account.id))
      await expect(known).rejects.toMatchObject({
        details: { detail: expect.stringContaining('trust policy') },
      })
      production.bend = (honest) => ({ ...honest, iss: issuer.url })
      const forged = federatedBy(production).mint(asRoot(account.root), account.spec, order(account.id))
      await expect(forged).rejects.toMatchObject({
        details: { detail: expect.stringContaining('OIDC provider') },
      })
      await production.stop()
    })

    it('without an issuer to speak for it nothing is asked', async () => {
      const io = () => ({
        now: () => new Date(),
        random: (n: number) => new Uint8Array(n),
        signal: AbortSignal.timeout(5000),
        allowPrivateUpstreams: true,
      })
      const mute = guardProvider(awsFederated, { io, signAssertion: issuer.sign })
      const minted = mute.mint(asRoot(account.root), account.spec, order(account.id))
      await expect(minted).rejects.toMatchObject({ code: 'root_unusable' })
    })
  })

  it('I1 no assertion is printed, whether it was taken or refused', async () => {
    const seen: string[] = []
    const keep = async (work: Promise<unknown>) =>
      seen.push(await printed(await work.catch((error: unknown) => error)))
    const ask = federatedBy(issuer)
    await keep(ask.inspect(asRoot(account.withRevoker)))
    await keep(ask.mint(asRoot(account.root), account.spec, order(account.id)))
    issuer.bend = (honest) => ({ ...honest, aud: 'x' })
    await keep(ask.mint(asRoot(account.root), account.spec, order(account.id)))
    issuer.bend = (honest) => honest
    expect(issuer.tokens.length).toBeGreaterThan(0)
    for (const token of issuer.tokens)
      for (const part of token.split('.').slice(1)) expect(seen.join('\n').includes(part)).toBe(false)
  })
})
