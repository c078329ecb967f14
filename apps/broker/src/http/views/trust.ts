import type { IssuerView, TrustRuleView } from '@credbroker/core/wire/trust'
import type { Issuer, TrustRule } from '../../domain/config.ts'
import type { CheckedRow, ConfigSnapshot } from '../../domain/snapshot.ts'
import { owned } from './owned.ts'

export const viewTrust = ({ issuer, claims, environments, maxTaskSeconds }: TrustRule): TrustRuleView => ({
  issuer,
  claims: claims as TrustRuleView['claims'],
  ...(environments !== null && { environments: { ...environments } }),
  ...(maxTaskSeconds !== null && { max_task_seconds: maxTaskSeconds }),
})

export const viewIssuer = (entry: CheckedRow<Issuer>, snapshot: ConfigSnapshot): IssuerView => ({
  name: entry.row.name,
  url: entry.row.url,
  profile: entry.row.profile,
  keys:
    entry.row.jwks === null ? 'discovery' : typeof entry.row.jwks === 'string' ? entry.row.jwks : 'inline',
  algorithms: [...entry.row.algorithms],
  ...owned('issuers', entry, snapshot),
})
