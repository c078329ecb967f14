import type { Access } from '@credbroker/core/access'
import type { Impact, PolicyDraft } from '@credbroker/core/wire/simulate'
import type { Agent, Scope } from '../../domain/config.ts'
import type { Clock } from '../../ports/clock.ts'
import { type Caller, requireRole } from '../identity/caller.ts'
import { type Held, heldOf, plainly } from '../reports/who-has-write-levels.ts'
import { stoppedAgent } from '../reports/who-has-write-stopped.ts'
import type { DraftBudget } from './draft-budget.ts'
import type { UnderDraft } from './draft-policies.ts'
import type { Config, LiveConfig } from './live-config.ts'

export interface ImpactDeps {
  readonly config: LiveConfig
  readonly clock: Clock
  readonly under: UnderDraft
  readonly budget: DraftBudget
  /** Lets others have their turn. */
  readonly pause: () => Promise<unknown>
}

const MOST = 500
/** So long may everybody else wait, and so long the one who asks. */
const TURN_MS = 10
const WHOLE_MS = 10_000

/**
 * What a draft of policies would change for a plain task of each agent, by the decisions that it would get before and after. Changes
 * nothing. @throws BrokerError `forbidden`, `invalid_request` as {@link UnderDraft}
 */
export const draftImpact =
  (deps: ImpactDeps) =>
  async (caller: Caller, { policies }: PolicyDraft): Promise<Impact> => {
    requireRole(caller, 'viewer')
    const done = deps.budget.begin(caller)
    try {
      return await impactOf(deps, policies)
    } finally {
      done()
    }
  }

async function impactOf(
  { config, clock, under, pause }: ImpactDeps,
  policies: PolicyDraft['policies'],
): Promise<Impact> {
  const before = await config.newest()
  const after = under(before, policies)
  const { version, rows } = before.snapshot
  const changes: Impact['changes'] = []
  const answer = (truncated: boolean) => ({ version, changes: changes.slice(0, MOST), truncated })
  if (before.policyVersion === after.policyVersion) return answer(false)
  const now = clock.now()
  const begun = performance.now()
  let since = begun
  for (const { row: agent } of rows.agents) {
    if (stoppedAgent(before, agent.name)) continue
    for (const { row: scope } of rows.scopes) {
      changes.push(...changesOf({ before, after, now }, agent, scope))
      if (changes.length > MOST || performance.now() - begun > WHOLE_MS) return answer(true)
      if (performance.now() - since < TURN_MS) continue
      await pause()
      since = performance.now()
    }
  }
  return answer(false)
}

function changesOf(
  { before, after, now }: { readonly before: Config; readonly after: Config; readonly now: Date },
  agent: Agent,
  scope: Scope,
): Impact['changes'] {
  const [from, to] = [verdicts(before, agent, scope, now), verdicts(after, agent, scope, now)]
  return scope.access.flatMap((access) => {
    const [was, will] = [from(access), to(access)]
    const where = { agent: agent.name, scope: scope.name, environment: scope.environment }
    return was === will ? [] : [{ ...where, access, from: was, to: will }]
  })
}

function verdicts(config: Config, agent: Agent, scope: Scope, now: Date) {
  const { whoCan, decide } = config
  const held = heldOf(
    { ...config, decide: whoCan?.plain ?? decide },
    scope,
    plainly(agent, now, whoCan?.names ?? (() => true)),
  )
  return (access: Access) => verdictOf(held.find((one) => one.access === access))
}

const verdictOf = (held: Held | undefined): Impact['changes'][number]['from'] =>
  held === undefined ? 'deny' : held.approval === undefined ? 'permit' : 'approval'
