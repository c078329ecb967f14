import { isDangerous } from '@credbroker/core/access'
import { clean } from '@credbroker/core/audit/text'
import type { Json } from '@credbroker/core/canonical-json'
import type { ApprovalView } from '@credbroker/core/wire/approvals'
import { type Caller, hasRole } from '../../application/identity/caller.ts'
import type { Approval, AskedRequest } from '../../domain/approval.ts'
import type { ConfigSnapshot } from '../../domain/snapshot.ts'

interface Around {
  readonly snapshot: ConfigSnapshot
  readonly linkTo: (id: string) => string
  readonly caller: Caller
  /** Credentials, under the grant that it is about. */
  readonly minted?: number
  /** Why who looks may not answer. */
  readonly notYours?: string | undefined
}

/** What somebody sees of a question. Agents see what they asked and what became of it; what only people need to decide is for people. */
export function approvalView(
  approval: Approval,
  { snapshot, linkTo, caller, minted = 0, notYours }: Around,
): ApprovalView {
  const { id, state, level, environment, requester, subject, answers, work } = approval
  const forPeople = hasRole(caller, 'viewer')
  const denial = answers.find(({ verdict }) => verdict === 'deny')
  const tier = snapshot.stored('environments', environment)?.row.tier
  const yes = answers.filter(({ verdict }) => verdict === 'approve').length
  return {
    id,
    state,
    kind: subject.kind,
    level,
    environment,
    ...(tier && { tier }),
    requester,
    reason: clean(denial?.reason ?? approval.reason, 500),
    policies: [...approval.policies],
    url: linkTo(id),
    asked_at: approval.askedAt,
    ends_at: approval.endsAt,
    ...(approval.usableUntil !== null && { usable_until: approval.usableUntil }),
    ...(work && { work: viewWork(work) }),
    ...(subject.kind === 'call' && { requests: subject.requests.map(viewRequest) }),
    ...(subject.kind === 'scope' && {
      scope: { access: [...subject.access], until: subject.until, renewals: Math.max(0, minted - 1) },
    }),
    ...(subject.kind === 'config' && { changes: [...subject.changes] }),
    ...(forPeople && work && lossOf(snapshot, work.root)),
    ...(forPeople && {
      answers: answers.map(({ user, verdict, reason, at }) => ({
        user,
        verdict,
        ...(reason !== null && { reason: clean(reason, 500) }),
        at,
      })),
    }),
    ...(notYours !== undefined && { not_yours: notYours }),
    missing: state === 'pending' ? Math.max(1, (level === 'two-person' ? 2 : 1) - yes) : 0,
  }
}

const viewWork = (work: NonNullable<Approval['work']>): NonNullable<ApprovalView['work']> => {
  const { task, grant, agent, owner, scope, purpose, ticket, tool, model } = work
  return {
    task,
    grant,
    agent,
    owner,
    scope,
    claimed: {
      purpose: clean(purpose, 500),
      ...(ticket !== null && { ticket: clean(ticket, 80) }),
      ...(tool !== null && { tool: clean(tool, 80) }),
      ...(model !== null && { model: clean(model, 80) }),
    },
  }
}

const viewRequest = (asked: AskedRequest): NonNullable<ApprovalView['requests']>[number] => ({
  operations: asked.operations.map(({ name, arguments: given }) => ({
    name: clean(name, 200),
    arguments: shown(given) as { readonly [name: string]: Json },
  })),
  method: asked.request.method,
  target: clean(asked.request.target, 4096),
  ...(asked.request.body !== undefined && { body: clean(asked.request.body, 4000) }),
  access: [...asked.access],
  touches: [...asked.touches],
  erases: [...asked.erases],
  anchors: [...asked.anchors],
  environments: [...asked.environments],
  facts: shown(asked.facts) as { readonly [name: string]: Json },
  reversible:
    asked.erases.length === 0 && !asked.access.some((level) => isDangerous(level) && level !== 'secret'),
  ...(asked.usedAt !== null && { used_at: asked.usedAt }),
})

const LONGEST = 2000

/** What an agent or a vendor wrote, where nothing in it can turn, hide or flood. The hashes cover it whole. */
function shown(value: Json | undefined): Json {
  if (typeof value === 'string') return clean(value, LONGEST)
  if (Array.isArray(value)) return value.slice(0, 200).map(shown)
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(
      Object.entries(value)
        .slice(0, 200)
        .map(([name, each]) => [clean(name, 200), shown(each)]),
    )
  return value ?? null
}

function lossOf(snapshot: ConfigSnapshot, name: string): Pick<ApprovalView, 'loss'> {
  const root = snapshot.stored('roots', name)
  if (!root?.intact) return {}
  const { service, onCall, recovery } = root.row
  return {
    loss: {
      root: name,
      ...(service !== null && { service }),
      ...(onCall !== null && { on_call: onCall }),
      ...(recovery.backups !== undefined && { backups: recovery.backups }),
      ...(recovery.authority !== undefined && { authority: recovery.authority }),
      ...(recovery.lastRestoreTest !== undefined && { last_restore_test: recovery.lastRestoreTest }),
    },
  }
}
