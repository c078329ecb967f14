import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import type { Json } from '@credbroker/core/canonical-json'
import type { AwsCredential } from '@credbroker/core/credential'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { asRoot } from '../../../../test/contracts/provider/bench.ts'
import { honesty } from '../../../../test/contracts/provider/honesty.ts'
import { lifetime } from '../../../../test/contracts/provider/lifetime.ts'
import { names } from '../../../../test/contracts/provider/names.ts'
import { secrecy } from '../../../../test/contracts/provider/secrecy.ts'
import type { Bench, VendorUnderTest } from '../../../../test/contracts/provider/vendor.ts'
import { AWS_REGION, revokerStatements, rootStatements } from '../../../../test/harness/moto.ts'
import { startStsEndpoint } from '../../../../test/harness/sts-endpoint.ts'
import { fresh, keysOf, lists, order, provider, startAws } from '../../test/aws-fixture.ts'
import awsSts from './aws-sts.ts'

const PRODUCTION = '222222222222'
const { moto, skipped } = await startAws()

/** The contract of providers, but for the faults that only concern vendors at which a lease can be found by its name. */
function providerContract(name: string, setup: () => Promise<VendorUnderTest>): void {
  describe(`${name} keeps the contract of providers`, () => {
    const bench = { provider: awsSts } as unknown as Bench
    beforeAll(async () => {
      bench.vendor = await setup()
    })
    describe('lifetime (I3, I7, I8)', () => lifetime(bench))
    describe('secrecy (I1)', () => secrecy(bench))
    describe('honesty (I2, I4b)', () => honesty(bench))
    describe('names', () => names(bench))
  })
}

describe.skipIf(skipped)('against an AWS that enforces policies', () => {
  afterAll(() => moto.stop())

  for (const withRevoker of [false, true])
    providerContract(`aws-sts ${withRevoker ? 'with' : 'without'} a revoker`, async () => {
      const staging = await fresh(moto)
      const admin = await staging.aws.user('boss', [{ Effect: 'Allow', Action: '*', Resource: '*' }])
      return {
        root: withRevoker ? staging.withRevoker : staging.root,
        overBroadRoot: { ...staging.root, ...admin },
        rootSecrets: [
          staging.root.secretAccessKey,
          admin.secretAccessKey,
          ...(withRevoker ? [staging.revoker.secretAccessKey] : []),
        ],
        spec: staging.spec,
        anchors: [staging.id],
        foreignAnchors: [PRODUCTION, `${staging.id}/role/other`],
        async works(credential) {
          const works = (await lists(credential, staging.reports, 'march/')) === '1 keys'
          // The contract moves the clock once, to see a session end; what is minted next counts from there.
          if (!works) await moto.setClockAhead(0)
          return works
        },
        advance: (seconds) => moto.setClockAhead(seconds),
        close: async () => {},
      }
    })
})

describe('against the small endpoint', async () => {
  const endpoint = await startStsEndpoint()
  const account = '111111111111'
  const roleArn = endpoint.role(account, 'reader')
  const root = {
    ...endpoint.user(account, 'minter', rootStatements(account, 'minter', roleArn)),
    revoker: endpoint.user(account, 'revoker', revokerStatements(account, 'revoker', roleArn)),
    region: AWS_REGION,
    endpointUrl: endpoint.url,
  }
  const spec: Json = { roleArn, s3: [{ bucket: 'reports' }] }
  afterAll(() => endpoint.stop())

  providerContract('aws-sts', async (): Promise<VendorUnderTest> => {
    const admin = endpoint.user(account, 'boss', [{ Effect: 'Allow', Action: '*', Resource: '*' }])
    return {
      root,
      overBroadRoot: { ...root, ...admin },
      rootSecrets: [root.secretAccessKey, root.revoker.secretAccessKey, admin.secretAccessKey],
      spec,
      anchors: [account],
      foreignAnchors: [PRODUCTION, `${account}/role/other`],
      async works(credential) {
        const sts = new STSClient({
          endpoint: endpoint.url,
          region: AWS_REGION,
          maxAttempts: 1,
          credentials: keysOf(credential as AwsCredential),
        })
        const works = await sts.send(new GetCallerIdentityCommand({})).then(
          () => true,
          () => false,
        )
        if (!works) endpoint.setClockAhead(0)
        return works
      },
      advance: async (seconds) => endpoint.setClockAhead(seconds),
      close: async () => {},
    }
  })

  describe('a vendor that lies, fails or falls silent', () => {
    it.each([
      ['another role', '/reader/', '/admin/'],
      ['another account', `::${account}:`, `::${PRODUCTION}:`],
      ['another session', '/brk_', '/xyz_'],
      ['a session without identity', 'AssumedRoleUser>', 'Nothing>'],
    ])('I2 a session of %s is not handed on', async (_name, from, to) => {
      endpoint.bend('AssumeRole', (xml) => xml.replaceAll(from, to))
      const minted = provider().mint(asRoot(root), spec, order(account))
      await expect(minted).rejects.toMatchObject({ code: 'reach_refused' })
    })

    it('I3 a session that lives longer than asked is not handed on, and is denied at once', async () => {
      endpoint.bend('AssumeRole', (xml) => xml.replace(/<Expiration>20\d\d/, '<Expiration>2099'))
      const made = order(account)
      await expect(provider().mint(asRoot(root), spec, made)).rejects.toMatchObject({ code: 'internal' })
      expect(endpoint.asked('PutRolePolicy')?.get('PolicyName')).toBe(made.name)
    })

    it('I7 an answer that is lost is asked for once more, under the same name', async () => {
      endpoint.bend('AssumeRole', () => undefined)
      const made = order(account)
      const { credential } = await provider().mint(asRoot(root), spec, made)
      expect(credential.form).toBe('aws')
      expect(endpoint.asked('AssumeRole')?.get('RoleSessionName')).toBe(made.name)
    })

    it('an identity that is none is no root', async () => {
      endpoint.bend('GetCallerIdentity', (xml) => xml.replaceAll('arn:aws:iam', 'arn:aws-cn:iam'))
      await expect(provider().inspect(asRoot(root))).rejects.toMatchObject({ code: 'vendor_refused' })
    })

    it('a policy that cannot be read may allow anything', async () => {
      endpoint.bend('GetUserPolicy', (xml) => xml.replace(/<PolicyDocument>.*</, '<PolicyDocument>%7B<'))
      const { complete, findings } = await provider().inspect(asRoot(root))
      expect(complete).toBe(false)
      expect(findings.map(({ code }) => code)).toContain('iam-write')
    })

    it('a denial that somebody changed is written again', async () => {
      const made = order(account)
      const lease = { name: made.name, spec, expiresAt: made.expiresAt }
      await provider().revocation?.revoke(asRoot(root), lease)
      endpoint.bend('GetRolePolicy', (xml) => xml.replace('Deny', 'Allow'))
      const before = endpoint.asked('PutRolePolicy')
      await provider().revocation?.revoke(asRoot(root), lease)
      expect(endpoint.asked('PutRolePolicy')).not.toBe(before)
    })
  })
})
