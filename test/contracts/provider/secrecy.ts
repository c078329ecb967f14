import type { Json } from '@credbroker/core/canonical-json'
import { Secret } from '@credbroker/core/secret'
import { expect, it } from 'vitest'
import { asRoot, disguises, guarded, leaseOf, order, printed } from './bench.ts'
import type { Bench } from './vendor.ts'

export function secrecy(bench: Bench): void {
  const expectHidden = (text: string, secrets: readonly string[]) => {
    for (const secret of secrets)
      for (const disguise of disguises(secret))
        expect(text.includes(disguise), 'a secret was printed').toBe(false)
  }

  it('I1 a minted credential prints none of its secrets, in any form', async () => {
    const made = order(bench)
    const minted = await guarded(bench).mint(asRoot(bench.vendor.root), bench.vendor.spec, made)
    const secrets = Object.values(minted.credential).filter((value) => value instanceof Secret)
    expect(secrets.length).toBeGreaterThan(0)
    expectHidden(
      await printed(minted.credential),
      secrets.map((secret) => (secret as Secret).expose()),
    )
    expectHidden(await printed(minted), bench.vendor.rootSecrets)
    await guarded(bench).revocation?.revoke(asRoot(bench.vendor.root), leaseOf(bench, made, minted.handle))
  })

  it('I1 what the vendor says about root and scope holds no secret', async () => {
    for (const root of [bench.vendor.root, bench.vendor.overBroadRoot]) {
      expectHidden(await printed(await guarded(bench).inspect(asRoot(root))), bench.vendor.rootSecrets)
      expectHidden(
        await printed(await guarded(bench).assess(asRoot(root), bench.vendor.spec)),
        bench.vendor.rootSecrets,
      )
    }
  })

  // A root that is configuration holds nothing to hide.
  if (bench.provider.federation) return

  it('I1 an error holds no secret, whether parse, login or vendor failed', async () => {
    const secrets = bench.vendor.rootSecrets
    const root = bench.vendor.root as Record<string, Json>
    const attempts: Json[] = [
      ...Object.keys(root).map((key) => ({ ...root, [key]: { hidden: [secrets[0] ?? ''] } })),
      { ...root, [secrets[0] ?? 'extra']: secrets[0] ?? '' },
      ...secrets,
      [secrets[0] ?? ''],
      JSON.parse(JSON.stringify(root).replaceAll(secrets[0] ?? '', `${secrets[0]}wrong`)),
    ]
    for (const attempt of attempts) {
      const error = await guarded(bench)
        .mint(asRoot(attempt), bench.vendor.spec, order(bench))
        .then(
          () => undefined,
          (thrown: unknown) => thrown,
        )
      expect(error).toMatchObject({ name: 'BrokerError' })
      expectHidden(await printed(error), secrets)
    }
  })
}
