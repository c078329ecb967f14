import { VOCABULARY } from '@credbroker/connectors/vocabulary'
import type { PolicyDraft, PolicyFinding } from '@credbroker/core/wire/simulate'
import { checkPolicies } from '@credbroker/policy/check'
import { type Caller, requireRole } from '../identity/caller.ts'
import { drafted, findingOf } from './draft-policies.ts'
import type { LiveConfig } from './live-config.ts'

/** What is wrong with policies as a draft would leave them, and where. Nothing is stored. @throws BrokerError `forbidden` */
export const checkDraft =
  ({ config }: { readonly config: LiveConfig }) =>
  async (caller: Caller, { policies }: PolicyDraft): Promise<PolicyFinding[]> => {
    requireRole(caller, 'viewer')
    const { snapshot } = await config.newest()
    const stored = snapshot.rows.policies.flatMap(({ row, intact }) => (intact ? [row] : []))
    const { problems, warnings } = checkPolicies(drafted(stored, policies), VOCABULARY)
    return [
      ...problems.map((finding) => findingOf('error', finding)),
      ...warnings.map((finding) => findingOf('warning', finding)),
    ]
  }
