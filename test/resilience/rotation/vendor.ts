import { BrokerError, type ErrorCode } from '@credbroker/core/errors'
import { Secret } from '@credbroker/core/secret'
import type { GuardedProvider, GuardedRotation } from '@credbroker/providers/guard'

/** A vendor of one root, in memory: which credentials it lets in, and how it misbehaves. */
export interface Vendor {
  readonly style: GuardedRotation['style']
  /** What lets somebody in. */
  readonly alive: Set<string>
  /** Everything it ever made, or was told to take. */
  readonly made: string[]
  /** What the next calls of this name do instead of answering. Under `lost` they are done, and their answer never comes. */
  readonly faults: Map<string, ErrorCode | 'lost' | 'lies'>
  /** Awaited by each call before it does anything. */
  gate: Promise<void>
}

export const makeVendor = (style: Vendor['style']): Vendor => ({
  style,
  alive: new Set(['first']),
  made: ['first'],
  faults: new Map(),
  gate: Promise.resolve(),
})

/** As brokers see it: roots by name, each with its vendor. */
export function providerOf(vendors: ReadonlyMap<string, Vendor>, style: Vendor['style']): GuardedProvider {
  const of = (root: Secret) => {
    const { name, key } = JSON.parse(root.expose()) as { name: string; key: string }
    const vendor = vendors.get(name)
    if (!vendor) throw new Error(`no vendor of ${name}`)
    return { name, key, vendor }
  }
  const made = ({ name, vendor }: ReturnType<typeof of>): Secret => {
    const key = `${name}-${vendor.made.length}`
    vendor.made.push(key)
    return new Secret(JSON.stringify({ name, key }))
  }
  const call = async <Answer>(what: string, { vendor }: ReturnType<typeof of>, work: () => Answer) => {
    await vendor.gate
    const fault = vendor.faults.get(what)
    if (fault === 'lies') return undefined as Answer
    if (fault && fault !== 'lost') throw new BrokerError(fault)
    const answer = work()
    if (fault === 'lost') throw new BrokerError('vendor_unavailable')
    return answer
  }
  const letIn = ({ key, vendor }: ReturnType<typeof of>) => {
    if (!vendor.alive.has(key)) throw new BrokerError('vendor_refused')
  }
  const sideBySide: GuardedRotation = {
    style: 'side-by-side',
    prepare: (root) =>
      call('prepare', of(root), () => {
        const at = of(root)
        letIn(at)
        // What an earlier call left behind, whose answer nobody heard.
        for (const key of at.vendor.alive) if (key !== at.key) at.vendor.alive.delete(key)
        const next = made(at)
        at.vendor.alive.add(of(next).key)
        return next
      }),
    isSame: (one, other) => of(one).key === of(other).key,
    retire: (old, current) =>
      call('retire', of(old), () => {
        letIn(of(current))
        of(old).vendor.alive.delete(of(old).key)
      }),
  }
  const inPlace: GuardedRotation = {
    style: 'in-place',
    plan: (root) => made(of(root)),
    apply: (old, next) =>
      call('apply', of(old), () => {
        const { vendor, key } = of(next)
        if (vendor.alive.has(key)) return
        letIn(of(old))
        vendor.alive.clear()
        vendor.alive.add(key)
      }),
  }
  return {
    kind: style,
    vendor: style,
    anchor: { syntax: 'lab', accepts: () => true },
    checkRoot: () => {},
    inspect: async (root: Secret) => {
      letIn(of(root))
      return { reach: ['lab'], complete: true, identity: 'spin', findings: [] }
    },
    rotation: style === 'in-place' ? inPlace : sideBySide,
  } as unknown as GuardedProvider
}
