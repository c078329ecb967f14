import { expect, it, vi } from 'vitest'
import { asRoot, guarded, leaseOf, order } from './bench.ts'
import type { Bench } from './vendor.ts'

export function lifetime(bench: Bench): void {
  const { limits, revocation, sweep } = bench.provider

  it('I3 mints a credential that works and ends no later than asked', async () => {
    const made = order(bench)
    const minted = await guarded(bench).mint(asRoot(bench.vendor.root), bench.vendor.spec, made)
    expect(await bench.vendor.works(minted.credential)).toBe(true)
    expect(minted.expiresAt.getTime()).toBeLessThanOrEqual(made.expiresAt.getTime() + 30_000)
    await guarded(bench).revocation?.revoke(asRoot(bench.vendor.root), leaseOf(bench, made, minted.handle))
  })

  if (limits.endsByItself === false)
    it('I3, I7 what the vendor never ends is found and ended by the broker, and never handed out', async () => {
      expect(limits.findable && revocation !== undefined && sweep !== undefined).toBe(true)
      const { findings } = await guarded(bench).assess(asRoot(bench.vendor.root), bench.vendor.spec)
      expect(findings.map(({ level }) => level)).toContain('unsafe')
    })
  else
    it('I3 the vendor itself refuses it once it has expired', async () => {
      const made = order(bench, { ttlSeconds: 2 })
      const minted = await guarded(bench).mint(asRoot(bench.vendor.root), bench.vendor.spec, made)
      await bench.vendor.advance?.(made.ttlSeconds + 1)
      await vi.waitUntil(async () => !(await bench.vendor.works(minted.credential)), {
        timeout: 20_000,
        interval: 200,
      })
      await guarded(bench).revocation?.revoke(asRoot(bench.vendor.root), leaseOf(bench, made, minted.handle))
    })

  it('I3 refuses an order below the vendor’s floor, above its cap, or already over', async () => {
    const mint = (change: object) =>
      guarded(bench).mint(asRoot(bench.vendor.root), bench.vendor.spec, { ...order(bench), ...change })
    if (limits.minTtlSeconds > 1)
      await expect(mint({ ttlSeconds: limits.minTtlSeconds - 1 })).rejects.toMatchObject({
        code: 'ttl_below_floor',
      })
    await expect(mint({ ttlSeconds: limits.maxTtlSeconds + 1 })).rejects.toMatchObject({
      code: 'invalid_request',
    })
    await expect(mint({ expiresAt: new Date(Date.now() - 1000) })).rejects.toMatchObject({
      code: 'invalid_request',
    })
    await expect(mint({ expiresAt: new Date(Number.NaN) })).rejects.toMatchObject({ code: 'invalid_request' })
  })

  if (!revocation) return

  it('I8 a revoked credential is refused, and revoking it again is no error', async () => {
    const made = order(bench)
    const minted = await guarded(bench).mint(asRoot(bench.vendor.root), bench.vendor.spec, made)
    const lease = leaseOf(bench, made, minted.handle)
    const first = await guarded(bench).revocation?.revoke(asRoot(bench.vendor.root), lease)
    if (first?.credentialDead) expect(await bench.vendor.works(minted.credential)).toBe(false)
    const again = await guarded(bench).revocation?.revoke(asRoot(bench.vendor.root), lease)
    expect(again?.credentialDead).toBe(first?.credentialDead)
    if (bench.vendor.exists && first?.credentialDead && first.sessionsDead)
      expect(await bench.vendor.exists(made.name)).toBe(false)
  })

  it('I7 a lease whose mint answer was lost is revoked by its name alone', async () => {
    const made = order(bench)
    const minted = await guarded(bench).mint(asRoot(bench.vendor.root), bench.vendor.spec, made)
    const result = await guarded(bench).revocation?.revoke(asRoot(bench.vendor.root), leaseOf(bench, made))
    if (result?.credentialDead) expect(await bench.vendor.works(minted.credential)).toBe(false)
    else expect(result?.deadBy).toBeInstanceOf(Date)
  })

  it('I7 a lease that the vendor never saw is dead', async () => {
    const result = await guarded(bench).revocation?.revoke(
      asRoot(bench.vendor.root),
      leaseOf(bench, order(bench)),
    )
    if (limits.findable) expect(result).toMatchObject({ credentialDead: true, sessionsDead: true })
    else expect(result).toBeDefined()
  })

  it('I8 ends open sessions when it says so, and says so only then', async () => {
    const made = order(bench)
    const minted = await guarded(bench).mint(asRoot(bench.vendor.root), bench.vendor.spec, made)
    const session = await bench.vendor.openSession?.(minted.credential)
    if (session) expect(await session.alive()).toBe(true)
    const result = await guarded(bench).revocation?.revoke(
      asRoot(bench.vendor.root),
      leaseOf(bench, made, minted.handle),
    )
    if (session && result?.sessionsDead) expect(await session.alive()).toBe(false)
    await session?.close()
  })
}
