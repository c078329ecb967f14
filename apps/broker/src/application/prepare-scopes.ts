import { canonicalJson, type Json } from '@credbroker/core/canonical-json'
import { BrokerError, type Problem } from '@credbroker/core/errors'
import { Secret } from '@credbroker/core/secret'
import type { Scope } from '../domain/config.ts'
import type { DesiredRows } from '../domain/desired-config.ts'
import type { ConfigSnapshot } from '../domain/snapshot.ts'
import { assessScope, type ScopeOrder } from './assess-scope.ts'
import type { ConfigOrder, PrepareDeps } from './config-order.ts'
import type { PreparedRoots } from './prepare-roots.ts'

/** Asks the vendor about each scope that is new, changed, or of a root that is; the others keep what was computed. */
export async function prepareScopes(
  deps: PrepareDeps,
  snapshot: ConfigSnapshot,
  { config, secrets }: ConfigOrder,
  { environments, anchors }: DesiredRows,
  roots: PreparedRoots,
): Promise<{ rows: readonly Scope[]; warnings: readonly Problem[] }> {
  const rows: Scope[] = []
  const warnings: Problem[] = []
  const problems: Problem[] = []
  for (const [name, declared] of Object.entries(config.scopes)) {
    const root = roots.rows.find((row) => row.name === declared.root)
    const environment = environments.find((row) => row.name === declared.environment)
    const provider = root && deps.providers.get(root.provider)
    // Its root's credential comes with `apply`; until then nobody can say what it could do.
    if (!root || !environment || !provider) continue
    const order: ScopeOrder = {
      name,
      source: 'files',
      root: declared.root,
      environment: declared.environment,
      provider: root.provider,
      form: provider.form,
      side: declared.side,
      maxTtlSeconds: declared.maxTtl,
      declaredAccess: declared.access,
      allow: declared.allow as ScopeOrder['allow'],
    }
    const stored = snapshot.stored('scopes', name)
    if (stored?.intact && !roots.renewed.has(root.name) && sameQuestion(stored.row, order)) {
      rows.push({ ...stored.row, ...order, disabled: false })
      continue
    }
    try {
      const given = secrets[root.name]
      const credential =
        given === undefined ? await deps.vault.open(root.name) : new Secret(JSON.stringify(given))
      const { scope, raised } = await assessScope(provider, credential, order, environment, anchors)
      rows.push(scope)
      for (const level of raised) {
        const because = scope.evidence.find((one) => one.access === level)?.because
        warnings.push({
          at: `scopes.${name}.access`,
          message: `declared without ${level}, but its credentials can ${level}${because ? `: ${because}` : ''}`,
        })
      }
    } catch (error) {
      if (!(error instanceof BrokerError) || error.code !== 'reach_refused') throw error
      problems.push(...(error.details.problems ?? []))
    }
  }
  if (problems.length > 0) throw new BrokerError('reach_refused', { problems })
  return { rows, warnings }
}

/** Whether the vendor would be asked the same; life and side do not matter to it. */
const sameQuestion = (stored: Scope, order: ScopeOrder): boolean => {
  const question = ({ root, environment, provider, declaredAccess, allow }: ScopeOrder) =>
    canonicalJson({ root, environment, provider, declaredAccess: [...declaredAccess], allow: allow as Json })
  return question(stored) === question(order)
}
