import { canonicalHash } from '@credbroker/core/canonical-json'
import type { Anchor, Scope } from '../../domain/config.ts'
import type { ConfigSnapshot } from '../../domain/snapshot.ts'

/** How a grant came to be: policy permitted it, or left it to a person. */
export type Footing = 'permit' | 'approval'

const known = new WeakMap<ConfigSnapshot, Map<string, string>>()

/**
 * What a grant was decided on besides policy, in one word: the slice, its root, and what anchors the environment (I2).
 * It is kept with the grant, so that whoever looks later sees whether the ground is still the same.
 */
export function groundOf(snapshot: ConfigSnapshot, scope: Scope, footing: Footing): string {
  const words = known.get(snapshot) ?? new Map<string, string>()
  known.set(snapshot, words)
  const key = `${footing} ${scope.name}`
  const word = words.get(key) ?? [slice(snapshot, scope, footing), ...anchors(snapshot, scope)].join(' ')
  words.set(key, word)
  return word
}

/** How the grant stands on what is configured now; undefined where that is another ground. A new anchor takes nothing away. */
export function footingOn(snapshot: ConfigSnapshot, scope: Scope, ground: string): Footing | undefined {
  const [was, ...claimed] = ground.split(' ')
  return (['permit', 'approval'] as const).find((footing) => {
    const [is, ...held] = groundOf(snapshot, scope, footing).split(' ')
    return is === was && claimed.every((anchor) => held.includes(anchor))
  })
}

function slice(snapshot: ConfigSnapshot, scope: Scope, footing: Footing): string {
  const root = snapshot.root(scope.root)
  const { environment, provider, allow, side, connector } = scope
  return short({
    footing,
    scope: { root: scope.root, environment, provider, allow, side, ...(connector && { connector }) },
    root: { provider: root?.provider ?? null, declaredEnvironment: root?.declaredEnvironment ?? null },
  })
}

const anchors = (snapshot: ConfigSnapshot, { environment }: Scope): string[] =>
  snapshot.anchorsOf(environment).map(anchorWord)

const anchorWord = ({ vendor, id, shared }: Anchor): string => short({ vendor, id, shared }).slice(0, 11)

const short = (value: Parameters<typeof canonicalHash>[0]): string => canonicalHash(value).slice(0, 22)
