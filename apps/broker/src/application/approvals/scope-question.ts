import { canonicalHash } from '@credbroker/core/canonical-json'
import type { FillRandom } from '@credbroker/core/ids'
import { LIMITS } from '@credbroker/core/limits'
import type { Approval } from '../../domain/approval.ts'
import type { Agent, Scope } from '../../domain/config.ts'
import type { Grant } from '../../domain/grant.ts'
import type { ConfigSnapshot } from '../../domain/snapshot.ts'
import type { Task } from '../../domain/task.ts'

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
export function scopeQuestion(
  random: FillRandom,
  config: { readonly snapshot: ConfigSnapshot; readonly policyVersion: string },
  { agent, task, grant, scope, required, policies, reason }: Asked,
  now: Date,
): Approval {
  const ends = Math.min(
    now.getTime() + LIMITS.questionSeconds * 1000,
    task.endsAt.getTime(),
    grant.endsAt.getTime(),
  )
  return {
    id: grant.approval,
    nonce: Buffer.from(random(new Uint8Array(16))).toString('base64url'),
    state: 'pending',
    level: required.includes('approval:two-person') ? 'two-person' : 'passkey',
    work: {
      task: task.id,
      grant: grant.id,
      agent: agent.name,
      owner: agent.owner,
      scope: scope.name,
      root: scope.root,
      jkt: task.jkt,
      purpose: task.purpose,
      ticket: task.ticket,
      tool: agent.tool,
      model: agent.model,
    },
    environment: task.environment,
    requester: `agent:${agent.name}`,
    subject: {
      kind: 'scope',
      requestHash: scopeRequestHash(grant),
      factsHash: scopeFactsHash(config.snapshot, scope),
      access: grant.access,
      until: grant.endsAt.toISOString(),
    },
    policyVersion: config.policyVersion,
    policies,
    reason,
    askedAt: now.toISOString(),
    endsAt: new Date(ends).toISOString(),
    answers: [],
    usableUntil: null,
  }
}
