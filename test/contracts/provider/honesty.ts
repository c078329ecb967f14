import { ACCESS } from '@credbroker/core/access'
import { covers } from '@credbroker/core/anchor'
import { expect, it } from 'vitest'
import { asRoot, guarded, newName, order } from './bench.ts'
import type { Bench } from './vendor.ts'

export function honesty(bench: Bench): void {
  const { provider } = bench

  it('reads the reach of a root from the vendor, inside the anchors of its environment', async () => {
    const { reach, complete, findings } = await guarded(bench).inspect(asRoot(bench.vendor.root))
    expect(complete).toBe(true)
    expect(reach.length).toBeGreaterThan(0)
    for (const anchor of reach) {
      expect(provider.anchor.accepts(anchor)).toBe(true)
      expect(bench.vendor.anchors.some((own) => covers(own, anchor))).toBe(true)
    }
    expect(findings.filter(({ level }) => level === 'unsafe')).toEqual([])
  })

  it('reports a root with more power than minting needs', async () => {
    const { findings } = await guarded(bench).inspect(asRoot(bench.vendor.overBroadRoot))
    expect(findings.map(({ level }) => level)).toContain('over-broad')
  })

  it('I4b computes the access of a scope, with evidence for each level above read', async () => {
    const { access, evidence, reach } = await guarded(bench).assess(
      asRoot(bench.vendor.root),
      bench.vendor.spec,
    )
    expect(access).toEqual(ACCESS.filter((level) => access.includes(level)))
    expect(access.length).toBeGreaterThan(0)
    for (const level of access)
      if (level !== 'read') expect(evidence.map((each) => each.access)).toContain(level)
    for (const anchor of reach) expect(bench.vendor.anchors.some((own) => covers(own, anchor))).toBe(true)
  })

  it('I2 mints nothing for another environment’s anchors, or for none', async () => {
    for (const anchors of [bench.vendor.foreignAnchors, []]) {
      const name = newName()
      const made = order(bench, { name, within: { anchors, access: ACCESS } })
      const refused = guarded(bench).mint(asRoot(bench.vendor.root), bench.vendor.spec, made)
      await expect(refused).rejects.toMatchObject({ code: 'reach_refused' })
      expect(await bench.vendor.exists?.(name)).not.toBe(true)
    }
  })

  it('I4b mints nothing that can do more than was decided', async () => {
    const name = newName()
    const made = order(bench, { name, within: { anchors: bench.vendor.anchors, access: [] } })
    const refused = guarded(bench).mint(asRoot(bench.vendor.root), bench.vendor.spec, made)
    await expect(refused).rejects.toMatchObject({ code: 'reach_refused' })
    expect(await bench.vendor.exists?.(name)).not.toBe(true)
  })

  it('takes a root and a scope strictly: an unknown field is an error', async () => {
    const { root, spec } = bench.vendor
    for (const value of [root, spec])
      if (typeof value !== 'object' || value === null || Array.isArray(value))
        throw new Error('not an object')
    const odd = { ...(spec as object), surprise: true }
    expect(() => guarded(bench).checkSpec(odd)).toThrow(expect.objectContaining({ code: 'invalid_request' }))
    const oddRoot = asRoot({ ...(root as object), surprise: true })
    expect(() => guarded(bench).checkRoot(oddRoot)).toThrow(
      expect.objectContaining({ code: 'invalid_request' }),
    )
  })
}
