import { VOCABULARY } from '@credbroker/connectors/vocabulary'
import { compilePolicies } from '@credbroker/policy/compile'
import type { PolicyRequest } from '@credbroker/policy/request'
import { createDecider } from '@credbroker/policy/reuse'
import { percentile } from '../lab/stats.ts'
import { type Measurement, round } from '../row.ts'

const POLICIES = 1000
const PER_FILE = 100
const TEAMS = 50
/** Teams use eight scopes each, all in one environment. */
const COMBINATIONS = TEAMS * 8
const DECISIONS = 4000

/**
 * Every request is one that was not decided before: nothing is reused. What the policies of a team and a scope cost to
 * parse is paid once for each, before the measurement.
 */
export const policyDecision: Measurement = {
  name: 'policy_decision',
  async run() {
    const beside = decideAll(0)
    const taken = decideAll(POLICIES)
    const p99 = percentile(taken, 0.99)
    const guardrails = percentile(beside, 0.99)
    return {
      name: 'policy_decision',
      value: round(p99, 3),
      unit: 'ms (p99)',
      yardstick: `${round(guardrails, 3)} ms (p99) with the guardrails alone`,
      ratio: round(p99 / guardrails),
      budget: `p99 < 1 ms with ${POLICIES} policies`,
      ok: p99 < 1,
      detail: `p50 ${round(percentile(taken, 0.5), 3)} ms; nothing reused`,
    }
  },
}

const team = (at: number) => `team-${at % TEAMS}`
const scope = (at: number) => `scope-${at % (POLICIES / 2)}`

/** As a large installation has them: what teams may do where, and what some scopes may never be used for. */
const policy = (at: number): string =>
  at % 4 === 3
    ? `@id("forbid-${at}") @reason("Not at night") forbid(principal, action in Action::"write", resource == Scope::"${scope(at)}")
       when { context.now.toTime() < duration("6h") };`
    : `@id("permit-${at}") permit(principal in Team::"${team(at)}", action in [Action::"read", Action::"write"], resource in Environment::"env-${at % 7}")
       when { context.ttlSeconds <= ${900 + at} };`

/** Milliseconds each. */
function decideAll(policies: number): number[] {
  const sources = Array.from({ length: policies / PER_FILE }, (_, file) => ({
    name: `bench-${file}.cedar`,
    text: Array.from({ length: PER_FILE }, (_, at) => policy(file * PER_FILE + at)).join('\n'),
  }))
  const decider = createDecider(compilePolicies(sources, VOCABULARY))
  const times: number[] = []
  for (let at = 0; at < 2 * COMBINATIONS + DECISIONS; at++) {
    const request = requestOf(at)
    const began = performance.now()
    decider.decide(request)
    if (at >= 2 * COMBINATIONS) times.push(performance.now() - began)
  }
  return times
}

function requestOf(at: number): PolicyRequest {
  const combination = at % COMBINATIONS
  const environment = `env-${(combination % TEAMS) % 7}`
  return {
    // Always another one.
    agent: { name: `agent-${at}`, owner: `owner-${at % 20}`, teams: [team(combination)] },
    scope: {
      name: scope(combination),
      root: `root-${combination % 30}`,
      environment,
      provider: 'postgres-role',
      side: 'primary',
    },
    environment: { name: environment, tier: 'standard', recoveryGroup: environment },
    action: at % 3 === 0 ? 'write' : 'read',
    task: { environment, purpose: 'benchmark' },
    phase: 'mint',
    ttlSeconds: 600,
    approverExists: false,
    now: 1_790_000_000 + at,
  }
}
