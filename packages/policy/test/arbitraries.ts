import { ACCESS, SIDES, TIERS } from '@credbroker/core/access'
import { SCAN_STATES } from '@credbroker/core/scan-claim'
import fc from 'fast-check'
import type { Operation } from '../src/operations.ts'
import { APPROVAL_LEVELS, PHASES, type PolicyRequest } from '../src/request.ts'

export const OPERATIONS: readonly Operation[] = [
  { id: 'railway:volumeDelete', access: 'delete', facts: { volume: 'string', count: 'number' } },
  { id: 'railway:deploy', access: 'write', facts: { services: 'strings' } },
]

const pick = <Value>(...values: Value[]): fc.Arbitrary<Value> => fc.constantFrom(...values)
const environment = pick('staging', 'production', 'preview')
const subset = <Value>(...values: Value[]): fc.Arbitrary<Value[]> => fc.subarray(values)

/** Few values of each kind, so that requests and policies meet. */
export const requests: fc.Arbitrary<PolicyRequest> = fc
  .record({
    agent: fc.record({
      name: pick('fixer', 'auditor', 'fix', 'er'),
      owner: pick('ana', 'ben', 'x\u0000y'),
      teams: subset('payments', 'platform', 'data'),
      tool: pick(undefined, null, 'claude', 'codex', ''),
      model: pick(undefined, 'large', '-'),
    }),
    scope: fc.record({
      name: pick('orders', 'deploy'),
      root: pick('main-db', 'railway'),
      environment,
      provider: pick('postgres', 'railway'),
      side: pick(...SIDES, ...SIDES, 'both' as const),
      gateway: pick(undefined, true, false),
    }),
    tier: pick(...TIERS),
    inPlace: pick(true, true, true, false),
    recoveryGroup: pick(undefined, 'production'),
    action: pick<string>(...ACCESS, ...OPERATIONS.map(({ id }) => id), 'unknown'),
    task: fc.record({
      environment,
      purpose: pick(undefined, 'fix tests', 'other'),
      ticket: pick(undefined, 'PAY-1'),
    }),
    phase: pick(...PHASES),
    ttlSeconds: pick(60, 900, 28_800),
    approval: pick(undefined, ...APPROVAL_LEVELS.map((level) => ({ level }))),
    approverExists: fc.boolean(),
    breakGlass: pick(undefined, undefined, false, true),
    facts: fc.option(
      fc.record(
        {
          environments: subset('staging', 'production'),
          erases: subset(...SIDES),
          touches: subset(...SIDES),
          backup: fc.record(
            { ageSeconds: pick(60, 7200), separateAuthority: fc.boolean(), restoreTested: fc.boolean() },
            { requiredKeys: [] },
          ),
          restoreTestedBackup: fc.boolean(),
          volume: pick('v1', 'v2'),
          count: pick(0, 1, Number.MAX_SAFE_INTEGER),
          services: subset('web', 'worker'),
          unheardOf: pick<undefined | string>(undefined, undefined, undefined, 'x'),
        },
        { requiredKeys: [] },
      ),
      { nil: undefined },
    ),
    now: pick(1_750_000_000, 1_750_040_000),
    source: pick(undefined, '10.0.0.1', '::ffff:10.0.0.2', 'nowhere'),
    scan: pick(
      undefined,
      ...SCAN_STATES.flatMap((state) => [true, false].map((sandbox) => ({ state, sandbox }))),
    ),
  })
  .map(({ tier, recoveryGroup, inPlace, ...rest }) => ({
    ...rest,
    // Most of the time nothing strays, or the first guardrail would answer everything.
    ...(inPlace && {
      task: { ...rest.task, environment: rest.scope.environment },
      facts: { ...rest.facts, environments: [rest.scope.environment] },
    }),
    environment: { name: rest.scope.environment, tier, recoveryGroup },
  }))

const heads = {
  principal: pick(
    'principal',
    'principal is Agent',
    'principal == Agent::"fixer"',
    'principal in Team::"payments"',
    'principal in Team::"data"',
    'principal is Agent in Team::"platform"',
  ),
  action: pick(
    'action',
    'action == Action::"read"',
    'action in Action::"dangerous"',
    'action in [Action::"write", Action::"delete"]',
    'action == Action::"railway:volumeDelete"',
  ),
  resource: pick(
    'resource',
    'resource == Scope::"orders"',
    'resource in Root::"railway"',
    'resource in Environment::"staging"',
    'resource is Scope in Environment::"preview"',
  ),
}

const conditions = pick(
  'principal has tool && principal.tool == "claude"',
  'principal.owner == User::"ana"',
  'resource.environment.tier == Tier::"standard"',
  'resource.sides.contains(Side::"backup")',
  'resource in Environment::"staging" || context.phase == Phase::"call"',
  'context.ttlSeconds <= 900',
  'context.ttlSeconds * 9223372036854775 > 0',
  'context.task has purpose && context.task.purpose like "fix*"',
  'context.task has ticket',
  'context has approval',
  'context has approval && context.approval.level == Approval::"two-person"',
  'context.now.toTime() < duration("8h")',
  'context has source && context.source.isInRange(ip("10.0.0.0/8"))',
  'context has facts.volume && context.facts.volume == "v1"',
  'context has facts.count && context.facts.count + 1 > 1',
  'context has facts && context.facts has services && context.facts.services.contains("web")',
  'context has facts.backup.ageSeconds && context.facts.backup.ageSeconds < 3600',
  'context has facts.backup && context.facts.backup has restoreTested',
  'context has facts',
  'context.approverExists',
  'context has scan',
  'context has scan && context.scan.state == Scan::"clean"',
  'context has scan && context.scan.sandbox',
  '(if context.approverExists then context.task else context.task) has purpose',
  'true',
)

const policy = fc
  .record({
    effect: pick('permit', 'permit', 'permit', 'permit', 'forbid'),
    approval: pick('', '', '@approval("passkey") ', '@approval("two-person") '),
    principal: heads.principal,
    action: heads.action,
    resource: heads.resource,
    clauses: fc.array(fc.record({ kind: pick('when', 'unless'), condition: conditions }), { maxLength: 2 }),
  })
  .map(({ effect, approval, principal, action, resource, clauses }) => {
    const body = clauses.map(({ kind, condition }) => `${kind} { ${condition} }`).join(' ')
    const annotation = effect === 'forbid' && body.includes('context.approval') ? approval : ''
    return `${annotation}${effect}(${principal}, ${action}, ${resource}) ${body};`
  })

export const policies = fc
  .record({ open: fc.boolean(), rest: fc.array(policy, { maxLength: 10 }) })
  .map(({ open, rest }) => (open ? ['permit(principal, action, resource);', ...rest] : rest))
