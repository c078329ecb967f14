import type { Credential } from '@credbroker/core/credential'
import type { MintOrder } from '@credbroker/providers/provider'
import { expect, it, vi } from 'vitest'
import { FAULTS, type FaultPlan, startFaultProxy } from '../../harness/fault-proxy.ts'
import { asRoot, disguises, guarded, leaseOf, order, printed } from './bench.ts'
import type { Bench } from './vendor.ts'

export function faults(bench: Bench): void {
  if (!bench.provider.revocation || !bench.provider.limits.findable) return

  for (const fault of FAULTS)
    it(`I7 an answer that is ${fault} leaks no credential, whenever it happens`, async () => {
      const answers = await answersOfOneMint()
      const moments = [
        0,
        1,
        2,
        3,
        answers >> 2,
        answers >> 1,
        answers - 4,
        answers - 3,
        answers - 2,
        answers - 1,
      ]
      const distinct = [...new Set(moments.filter((moment) => moment >= 0))]
      await Promise.all(distinct.map((afterChunks) => mintThrough({ fault, afterChunks })))
    }, 60_000)

  /** How many answers a mint takes, so that the faults fall on the login, the middle and the very end. */
  async function answersOfOneMint(): Promise<number> {
    const { upstream, rootThrough, root, spec } = bench.vendor
    if (!upstream || !rootThrough) throw new Error('a findable kind is tested through the fault proxy')
    const proxy = await startFaultProxy(upstream, undefined)
    const made = order(bench)
    await guarded(bench).mint(asRoot(rootThrough(proxy.port)), spec, made)
    await guarded(bench).revocation?.revoke(asRoot(root), leaseOf(bench, made))
    await proxy.stop()
    return proxy.answers()
  }

  async function mintThrough(plan: FaultPlan): Promise<void> {
    const { upstream, rootThrough, rootSecrets, spec } = bench.vendor
    if (!upstream || !rootThrough) throw new Error('a findable kind is tested through the fault proxy')
    const proxy = await startFaultProxy(upstream, plan)
    const made = order(bench)
    try {
      const { credential } = await guarded(bench, { deadlineMilliseconds: 1500 }).mint(
        asRoot(rootThrough(proxy.port)),
        spec,
        made,
      )
      await revokeByName(made)
      expect(await bench.vendor.works({ ...credential, ...upstream } as Credential)).toBe(false)
    } catch (error) {
      expect(error).toMatchObject({ name: 'BrokerError' })
      const text = await printed(error)
      for (const secret of rootSecrets)
        for (const disguise of disguises(secret)) expect(text.includes(disguise)).toBe(false)
      await revokeByName(made)
    } finally {
      await proxy.stop()
    }
  }

  /** As the broker does: by name alone, until the vendor has nothing left. */
  async function revokeByName(made: MintOrder): Promise<void> {
    await vi.waitUntil(
      async () => {
        const result = await guarded(bench).revocation?.revoke(
          asRoot(bench.vendor.root),
          leaseOf(bench, made),
        )
        return result?.credentialDead && result.sessionsDead && !(await bench.vendor.exists?.(made.name))
      },
      { timeout: 20_000, interval: 100 },
    )
  }
}
