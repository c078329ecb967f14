import { VOCABULARY } from '@credbroker/connectors/vocabulary'
import type { PolicyDraft, PolicyFinding } from '@credbroker/core/wire/simulate'
import { checkPolicies } from '@credbroker/policy/check'
import type { ConfigSnapshot } from '../../domain/snapshot.ts'
import { type Caller, requireRole } from '../identity/caller.ts'
import type { DraftBudget } from './draft-budget.ts'
import { drafted, findingOf } from './draft-policies.ts'
import type { LiveConfig } from './live-config.ts'

/** What is wrong with policies as a draft would leave them, and where. Nothing is stored. @throws BrokerError `forbidden`, `budget_exceeded` */
export const checkDraft =
  ({ config, budget }: { readonly config: LiveConfig; readonly budget: DraftBudget }) =>
  async (caller: Caller, { policies }: PolicyDraft): Promise<PolicyFinding[]> => {
    requireRole(caller, 'viewer')
    const done = budget.begin(caller)
    try {
      return findings((await config.newest()).snapshot, policies)
    } finally {
      done()
    }
  }

function findings(snapshot: ConfigSnapshot, policies: PolicyDraft['policies']): PolicyFinding[] {
  const stored = snapshot.rows.policies.flatMap(({ row, intact }) => (intact ? [row] : []))
  const { problems, warnings } = checkPolicies(drafted(stored, policies), VOCABULARY)
  return [
    ...problems.map((finding) => findingOf('error', finding)),
    ...warnings.map((finding) => findingOf('warning', finding)),
  ]
}
