import type { agentView } from '@credbroker/core/wire/admin'
import type { IssuerView, TrustRuleView } from '@credbroker/core/wire/trust'
import type { z } from 'zod'
import type { Finding } from './diagnosis.ts'

type Agent = Pick<z.infer<typeof agentView>, 'name' | 'disabled' | 'trust'>

/** Rules that are allowed, and let in more than their author may have meant. */
export function checkTrust(agents: readonly Agent[], issuers: readonly IssuerView[]): Finding[] {
  const byName = new Map(issuers.map((issuer) => [issuer.name, issuer]))
  return agents
    .filter(({ disabled }) => !disabled)
    .flatMap(({ name, trust }) =>
      trust.flatMap((rule, i) => {
        const issuer = byName.get(rule.issuer)
        return issuer ? ruleFindings(`Rule ${i} of agent ${name}`, rule, issuer) : []
      }),
    )
}

/** What somebody without write access can start. */
const STRANGERS = /^(pull_request|issue|discussion|fork|watch|merge_request|external_pull)/

function ruleFindings(who: string, { claims, environments }: TrustRuleView, issuer: IssuerView): Finding[] {
  if (issuer.disabled)
    return [
      {
        level: 'advice',
        code: 'trust-issuer-disabled',
        message: `${who} trusts ${issuer.name}, which is disabled.`,
        todo: 'Nothing signs in by it. Take the rule out, or declare the issuer again.',
      },
    ]
  const findings: Finding[] = []
  const pins = (...names: string[]) => names.some((name) => name in claims) || environments !== undefined
  const loose = (message: string, todo: string) =>
    findings.push({ level: 'warning', code: 'trust-loose', message: `${who}: ${message}`, todo })

  if (issuer.profile === 'github-actions' && !pins('ref', 'environment', 'job_workflow_ref'))
    loose(
      'any branch, tag and workflow of the repository is this agent.',
      'Bind `ref`, `job_workflow_ref` or a protected `environment`.',
    )
  if (
    [...texts(claims['event_name']), ...texts(claims['pipeline_source'])].some((name) => STRANGERS.test(name))
  )
    findings.push({
      level: 'danger',
      code: 'trust-strangers',
      message: `${who}: anybody who opens a pull request or an issue can start it.`,
      todo: 'Take `event_name` or `pipeline_source` out; what a stranger starts should run without credentials.',
    })
  if (issuer.profile === 'gitlab' && !('project_id' in claims))
    loose('every project of the namespace is this agent.', 'Bind `project_id`.')
  if (issuer.profile === 'gitlab' && !pins('ref', 'ref_path', 'ref_protected', 'environment'))
    loose(
      'any branch and tag is this agent.',
      'Bind `ref_protected`, `ref_path` or a protected `environment`.',
    )
  if (issuer.profile === 'spiffe' && globs(claims['sub']).some((glob) => /^spiffe:\/\/[^/]+\/\*$/.test(glob)))
    loose('every workload of one segment in the trust domain is this agent.', 'Name a path.')
  for (const [claim, test] of Object.entries(claims)) {
    if (globs(test).some((glob) => glob.startsWith('*')))
      loose(`\`${claim}\` may begin with anything.`, 'Name how it begins.')
  }
  return findings
}

const texts = (test: unknown): string[] =>
  (Array.isArray(test) ? test : [test]).filter((text): text is string => typeof text === 'string')

const globs = (test: unknown): string[] =>
  typeof test === 'object' && test !== null && 'glob' in test && typeof test.glob === 'string'
    ? [test.glob]
    : []
