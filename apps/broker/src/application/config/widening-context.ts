import { checkPolicies } from '@credbroker/policy/check'
import type { RowChange } from '../../domain/config-diff.ts'
import type { ConfigSnapshot } from '../../domain/snapshot.ts'
import type { WideningContext } from '../../domain/widening.ts'

/**
 * Which environments are protected before or after these changes. One whose row is not what was written last, or is gone,
 * counts as protected: whoever changed it by hand has not made it less (I13).
 */
export function wideningContext(snapshot: ConfigSnapshot, changes: readonly RowChange[] = []) {
  const tampered = snapshot.tampered()
  const changed = new Set(tampered.map(({ table, key }) => `${table} ${key}`))
  const held = new Set([
    ...snapshot.rows.environments.flatMap(({ row, intact }) =>
      intact && row.tier !== 'protected' ? [] : [row.name],
    ),
    ...tampered.flatMap(({ table, key }) => (table === 'environments' ? [key] : [])),
    ...changes.flatMap(({ table, after }) =>
      table === 'environments' && after?.tier === 'protected' ? [after.name] : [],
    ),
  ])
  const unsure = isUnsure(snapshot, tampered)
  return {
    protected: unsure && held.size === 0 ? ['all'] : [...held].sort(),
    isProtected: (environment) => unsure || held.has(environment),
    anyProtected: unsure || held.size > 0,
    isTampered: (table, key) => changed.has(`${table} ${key}`),
    effects: (text) =>
      new Set(
        checkPolicies([{ name: 'change', text }])
          .policies.filter(({ guardrail }) => !guardrail)
          .map(({ effect }) => effect),
      ),
  } satisfies WideningContext & { protected: readonly string[] }
}

/**
 * The broker froze everything because it cannot trust its database, or would: which environments were protected may be gone from there,
 * manifest and all. Until a person lifts that, everything counts as protected.
 */
const isUnsure = (snapshot: ConfigSnapshot, tampered: ReturnType<ConfigSnapshot['tampered']>): boolean =>
  tampered.some(({ table }) => table === 'controls') ||
  snapshot.rows.controls.some(({ row }) =>
    row.freezes.some(({ target, by }) => target === 'all' && by === 'broker'),
  )
