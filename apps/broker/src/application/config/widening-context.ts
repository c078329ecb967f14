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
  return {
    protected: [...held].sort(),
    isProtected: (environment) => held.has(environment),
    anyProtected: held.size > 0,
    isTampered: (table, key) => changed.has(`${table} ${key}`),
    effects: (text) =>
      new Set(
        checkPolicies([{ name: 'change', text }])
          .policies.filter(({ guardrail }) => !guardrail)
          .map(({ effect }) => effect),
      ),
  } satisfies WideningContext & { protected: readonly string[] }
}
