import { canonicalHash } from '@credbroker/core/canonical-json'
import type { FillRandom } from '@credbroker/core/ids'
import type { Approval } from '../../domain/approval.ts'
import type { Agent, Scope } from '../../domain/config.ts'
import type { Grant } from '../../domain/grant.ts'
import type { ConfigSnapshot } from '../../domain/snapshot.ts'
import type { Task } from '../../domain/task.ts'
import { draftQuestion } from './draft-question.ts'

/** What is asked of a minted scope: that this grant may be used, for anything in it, until its end. */
export const scopeRequestHash = ({ id, task, environment, scope, access, endsAt }: Grant): string =>
  canonicalHash({ grant: id, task, environment, scope, access: [...access], until: endsAt.toISOString() })

/** What the scope is: whoever approved it approved that and nothing else. */
export const scopeFactsHash = (snapshot: ConfigSnapshot, scope: Scope): string =>
  canonicalHash({
    root: scope.root,
    provider: scope.provider,
    environment: scope.environment,
    tier: snapshot.environment(scope.environment)?.tier ?? null,
    connector: scope.connector ?? null,
    allow: scope.allow,
    access: [...scope.access],
    side: scope.side,
    anchors: snapshot
      .anchorsOf(scope.environment)
      .map(({ vendor, id }) => `${vendor} ${id}`)
      .sort(),
  })

interface Asked {
  readonly agent: Agent
  readonly task: Task
  /** With the id of its approval. */
  readonly grant: Grant & { readonly approval: string }
  readonly scope: Scope
  readonly required: readonly string[]
  readonly policies: readonly string[]
  readonly reason: string
}

/** The question that a grant of a minted scope waits for. */
export const scopeQuestion = (
  random: FillRandom,
  config: { readonly snapshot: ConfigSnapshot; readonly policyVersion: string },
  asked: Asked,
  now: Date,
): Approval => ({
  ...draftQuestion(random, asked, now),
  id: asked.grant.approval,
  level: asked.required.includes('approval:two-person') ? 'two-person' : 'passkey',
  subject: {
    kind: 'scope',
    requestHash: scopeRequestHash(asked.grant),
    factsHash: scopeFactsHash(config.snapshot, asked.scope),
    access: asked.grant.access,
    until: asked.grant.endsAt.toISOString(),
  },
  policyVersion: config.policyVersion,
  policies: asked.policies,
  reason: asked.reason,
})
