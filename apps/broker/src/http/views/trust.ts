import type { IssuerView, TrustRuleView } from '@credbroker/core/wire/trust'
import type { Issuer, TrustRule } from '../../domain/config.ts'
import type { CheckedRow } from '../../domain/snapshot.ts'

export const viewTrust = ({ issuer, claims, environments, maxTaskSeconds }: TrustRule): TrustRuleView => ({
  issuer,
  claims: claims as TrustRuleView['claims'],
  ...(environments !== null && { environments: { ...environments } }),
  ...(maxTaskSeconds !== null && { max_task_seconds: maxTaskSeconds }),
})

export const viewIssuer = ({ row, intact }: CheckedRow<Issuer>): IssuerView => ({
  name: row.name,
  url: row.url,
  profile: row.profile,
  keys: row.jwks === null ? 'discovery' : typeof row.jwks === 'string' ? row.jwks : 'inline',
  algorithms: [...row.algorithms],
  source: row.source,
  disabled: row.disabled,
  tampered: !intact,
})
