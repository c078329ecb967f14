import { ListRolePoliciesCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import { afterAll, describe, expect, it } from 'vitest'
import { asRoot } from '../../../../../test/contracts/provider/bench.ts'
import { fresh as freshIn, later, lists, order, provider, startAws } from '../../../test/aws-fixture.ts'

const { moto, skipped } = await startAws()

describe.skipIf(skipped)('aws-sts revokes', () => {
  const fresh = () => freshIn(moto)
  afterAll(() => moto.stop())
  describe('ending a session early (I8)', () => {
    it('without a revoker it lives on, and the answer says until when', async () => {
      const { root, spec, id, reports } = await fresh()
      const made = order(id)
      const { credential, handle, expiresAt } = await provider().mint(asRoot(root), spec, made)
      const lease = { name: made.name, spec, expiresAt, handle }
      const result = await provider().revocation?.revoke(asRoot(root), lease)
      expect(result).toMatchObject({ credentialDead: false, sessionsDead: false, deadBy: expiresAt })
      expect(await lists(credential, reports, 'march/')).toBe('1 keys')
      const after = await later(901).revocation?.revoke(asRoot(root), lease)
      expect(after).toEqual({ credentialDead: true, sessionsDead: true })
    })

    it('with a revoker it is denied everything, and others of the role are not', async () => {
      const { withRevoker, spec, id, reports, aws } = await fresh()
      const [made, other] = [order(id), order(id)]
      const first = await provider().mint(asRoot(withRevoker), spec, made)
      const second = await provider().mint(asRoot(withRevoker), spec, other)
      const lease = { name: made.name, spec, expiresAt: first.expiresAt, handle: first.handle }
      const revoke = (at = provider()) => at.revocation?.revoke(asRoot(withRevoker), lease)
      // AWS applies it within minutes. Until then nobody is told that it is dead.
      const result = await revoke()
      expect(result).toMatchObject({ credentialDead: false, sessionsDead: false })
      expect(result?.deadBy?.getTime()).toBeLessThan(Date.now() + 302_000)
      expect(await lists(first.credential, reports, 'march/')).toBe('AccessDenied')
      expect(await lists(second.credential, reports, 'march/')).toBe('1 keys')
      expect(await revoke(later(302))).toEqual({ credentialDead: true, sessionsDead: true })
      const policies = async () =>
        (await aws.iam.send(new ListRolePoliciesCommand({ RoleName: 'reader' }))).PolicyNames
      expect(await policies()).toContain(made.name)
      expect(await revoke(later(901))).toEqual({ credentialDead: true, sessionsDead: true })
      expect(await policies()).not.toContain(made.name)
    })

    it('I7 a session whose mint was never answered is ended by its name', async () => {
      const { withRevoker, spec, id, reports } = await fresh()
      const made = order(id)
      const { credential } = await provider().mint(asRoot(withRevoker), spec, made)
      await provider().revocation?.revoke(asRoot(withRevoker), {
        name: made.name,
        spec,
        expiresAt: made.expiresAt,
      })
      expect(await lists(credential, reports, 'march/')).toBe('AccessDenied')
    })

    it('two replicas that end different sessions at once end both', async () => {
      const { withRevoker, spec, id, reports } = await fresh()
      const leases = await Promise.all(
        Array.from({ length: 6 }, async () => {
          const made = order(id)
          const { credential, handle, expiresAt } = await provider().mint(asRoot(withRevoker), spec, made)
          return { credential, lease: { name: made.name, spec, expiresAt, handle } }
        }),
      )
      await Promise.all(
        [...leases, ...leases].map(({ lease }) => provider().revocation?.revoke(asRoot(withRevoker), lease)),
      )
      for (const { credential } of leases)
        expect(await lists(credential, reports, 'march/')).toBe('AccessDenied')
    })

    it('a role that is full says so, until denials of sessions long over make room', async () => {
      const { withRevoker, spec, id, aws } = await fresh()
      const filler = (name: string, length: number) =>
        aws.iam.send(
          new PutRolePolicyCommand({
            RoleName: 'reader',
            PolicyName: name,
            PolicyDocument: JSON.stringify({
              Version: '2012-10-17',
              Statement: [{ Effect: 'Deny', Action: 'x:y', Resource: `arn:aws:s3:::${'x'.repeat(length)}` }],
            }),
          }),
        )
      const over = order(id)
      const lease = (name: string) => ({ name, spec, expiresAt: new Date(Date.now() + 900_000) })
      await provider().revocation?.revoke(asRoot(withRevoker), lease(over.name))
      await filler('operator', 9750)
      const next = order(id)
      const full = await provider().revocation?.revoke(asRoot(withRevoker), lease(next.name))
      expect(full).toMatchObject({
        credentialDead: false,
        remains: [expect.stringContaining('inline policies')],
      })
      const room = await later(3600).revocation?.revoke(asRoot(withRevoker), {
        ...lease(next.name),
        expiresAt: new Date(Date.now() + 7200_000),
      })
      expect(room?.remains).toEqual(['AWS takes minutes to apply the denial'])
      const { PolicyNames } = await aws.iam.send(new ListRolePoliciesCommand({ RoleName: 'reader' }))
      expect(PolicyNames?.sort()).toEqual(['operator', 'own', next.name].sort())
    })

    it('a session that is over is dead, whatever became of the revoker', async () => {
      const { root, spec, id } = await fresh()
      const made = order(id)
      const gone = { accessKeyId: 'AKIAXXXXXXXXXXXXXXXX', secretAccessKey: 'x'.repeat(40) }
      const revoke = (at: ReturnType<typeof later>) =>
        at.revocation?.revoke(asRoot({ ...root, revoker: gone }), {
          name: made.name,
          spec,
          expiresAt: made.expiresAt,
          handle: { until: made.expiresAt.toISOString() },
        })
      await expect(revoke(later(0))).rejects.toMatchObject({ code: 'root_unusable' })
      expect(await revoke(later(901))).toEqual({ credentialDead: true, sessionsDead: true })
    })

    it('a revoker of another account changes no namesake of the role', async () => {
      const staging = await fresh()
      const other = await fresh()
      const root = { ...staging.root, revoker: other.revoker }
      const made = order(staging.id)
      const revoke = provider().revocation?.revoke(asRoot(root), {
        name: made.name,
        spec: staging.spec,
        expiresAt: made.expiresAt,
      })
      await expect(revoke).rejects.toMatchObject({ code: 'root_unusable' })
      const { PolicyNames } = await other.aws.iam.send(new ListRolePoliciesCommand({ RoleName: 'reader' }))
      expect(PolicyNames).toEqual(['own'])
    })
  })
})
