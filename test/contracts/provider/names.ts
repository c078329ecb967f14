import fc from 'fast-check'
import { expect, it } from 'vitest'
import { asRoot, guarded, leaseOf, newName, order, PREFIX } from './bench.ts'
import type { Bench } from './vendor.ts'

const HOSTILE = [
  '',
  'Robert"; DROP ROLE x; --',
  "brk_'x",
  'brk_x y',
  'brk_ⅹ',
  'BRK_X',
  'brk_x\u0000',
  'brk_x\n',
  '../brk_x',
  `brk_${'x'.repeat(60)}`,
]

export function names(bench: Bench): void {
  it('a hostile name never reaches the vendor', async () => {
    const root = asRoot(bench.vendor.root)
    const refused = { code: 'invalid_request' }
    const hostile = fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary', maxLength: 80 }))
    await fc.assert(
      fc.asyncProperty(
        hostile.filter((name) => !/^[a-z0-9_]{1,63}$/.test(name)),
        async (name) => {
          const made = { ...order(bench), name }
          await expect(guarded(bench).mint(root, bench.vendor.spec, made)).rejects.toMatchObject(refused)
          const { revocation, sweep } = guarded(bench)
          if (revocation)
            await expect(revocation.revoke(root, leaseOf(bench, made))).rejects.toMatchObject(refused)
          if (sweep) await expect(sweep.find(root, name)).rejects.toMatchObject(refused)
        },
      ),
      { numRuns: 50 },
    )
  })

  if (!bench.provider.sweep) return

  it('I7 a sweep finds what carries the prefix, and nothing of others', async () => {
    const root = asRoot(bench.vendor.root)
    const made = order(bench)
    const minted = await guarded(bench).mint(root, bench.vendor.spec, made)
    const others = ['someone_else', `x${newName()}`, `${PREFIX.replaceAll('_', 'z')}1`, 'brk_another_1']
    const remove = []
    for (const name of others) {
      const undo = await bench.vendor.plant?.(name)
      if (undo) remove.push(undo)
    }
    const found = await guarded(bench).sweep?.find(root, PREFIX)
    expect(found).toContain(made.name)
    for (const name of others) expect(found).not.toContain(name)
    await guarded(bench).revocation?.revoke(root, leaseOf(bench, made, minted.handle))
    expect(await guarded(bench).sweep?.find(root, PREFIX)).not.toContain(made.name)
    if (bench.vendor.exists && remove.length > 0)
      for (const name of others) expect(await bench.vendor.exists(name)).toBe(true)
    for (const undo of remove) await undo()
  })
}
