import type { AnyProvider } from '@credbroker/providers/provider'
import { afterAll, beforeAll, describe } from 'vitest'
import { faults } from './provider/faults.ts'
import { honesty } from './provider/honesty.ts'
import { lifetime } from './provider/lifetime.ts'
import { names } from './provider/names.ts'
import { secrecy } from './provider/secrecy.ts'
import type { Bench, VendorUnderTest } from './provider/vendor.ts'

/**
 * What every provider keeps, run against a real vendor through the guard as the broker uses it. Promises about a
 * capability are made only for kinds that have it.
 */
export function providerContract(
  name: string,
  provider: AnyProvider,
  setup: () => Promise<VendorUnderTest>,
): void {
  describe(`${name} keeps the contract of providers`, () => {
    const bench = { provider } as Bench
    beforeAll(async () => {
      bench.vendor = await setup()
    })
    afterAll(() => bench.vendor?.close())
    describe('lifetime (I3, I7, I8)', () => lifetime(bench))
    describe('secrecy (I1)', () => secrecy(bench))
    describe('honesty (I2, I4b)', () => honesty(bench))
    describe('names', () => names(bench))
    // Elsewhere a lease whose answer was lost is not found: it ends by itself.
    if (provider.revocation && provider.limits.findable)
      describe('faults between broker and vendor (I7)', () => faults(bench))
  })
}
