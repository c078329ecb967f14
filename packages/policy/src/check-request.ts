import { ACCESS, SIDES, TIERS } from '@credbroker/core/access'
import { type KeptScan, SCAN_STATES } from '@credbroker/core/scan-claim'
import { BUILT_IN, type Reason } from './decision.ts'
import { accessOf, type FactType, type Vocabulary } from './operations.ts'
import {
  APPROVAL_LEVELS,
  type BackupFacts,
  type Facts,
  type FactValue,
  PHASES,
  type PolicyRequest,
} from './request.ts'

const MAX_TEXT = 16 * 1024

/** Two ill-formed strings can become one on their way into Cedar, so neither goes. */
const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= MAX_TEXT && value.isWellFormed()
const isTextOrAbsent = (value: unknown): boolean => value === undefined || value === null || isText(value)
const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(isText)
const oneOf = (values: readonly string[], value: unknown): boolean => values.includes(value as string)

const isScan = ({ state, sandbox }: KeptScan): boolean =>
  oneOf(SCAN_STATES, state) && typeof sandbox === 'boolean'

const BACKUP_FACTS: { readonly [Name in keyof BackupFacts]-?: (value: unknown) => boolean } = {
  ageSeconds: Number.isSafeInteger,
  separateAuthority: (value) => typeof value === 'boolean',
  restoreTested: (value) => typeof value === 'boolean',
}

function isBackup(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Object.entries(value).every(
    ([name, member]) =>
      Object.hasOwn(BACKUP_FACTS, name) &&
      (member === undefined || BACKUP_FACTS[name as keyof BackupFacts](member)),
  )
}

const FITS: { readonly [Type in FactType]: (value: FactValue) => boolean } = {
  boolean: (value) => typeof value === 'boolean',
  number: Number.isSafeInteger,
  string: isText,
  strings: isTexts,
  sides: (value) => Array.isArray(value) && value.every((side) => oneOf(SIDES, side)),
  environments: isTexts,
  backup: isBackup,
}

/**
 * What makes a request undecidable, before any policy is asked: a field of the wrong kind, an action or a fact that
 * nothing declares (I10). Looks at all of it, whether a policy mentions it or not. Names the field, never its content.
 */
export function refusal(words: Vocabulary, request: PolicyRequest): Reason | undefined {
  const { agent, scope, environment, task, approval } = request
  const refuse = (field: string): Reason => ({
    policy: BUILT_IN.knownRequests,
    reason: `The request cannot be decided: ${field}.`,
  })
  if (accessOf(words, request.action) === undefined) return refuse('the action is not known')
  if (
    request.access !== undefined &&
    (!oneOf(ACCESS, request.access) || !words.operations.has(request.action))
  )
    return refuse('the access level of the operation')
  if (!oneOf(PHASES, request.phase)) return refuse('the phase is not known')
  if (!isText(agent.name) || !isText(agent.owner) || !isTexts(agent.teams)) return refuse('the agent')
  if (!isTextOrAbsent(agent.tool) || !isTextOrAbsent(agent.model)) return refuse('the agent’s tool or model')
  if (!isText(scope.name) || !isText(scope.root) || !isText(scope.environment) || !isText(scope.provider))
    return refuse('the scope')
  if (scope.side !== 'both' && !oneOf(SIDES, scope.side)) return refuse('the scope’s side is not known')
  if (scope.gateway !== undefined && typeof scope.gateway !== 'boolean') return refuse('the scope’s delivery')
  if (!oneOf(TIERS, environment.tier)) return refuse('the tier is not known')
  if (!isTextOrAbsent(environment.recoveryGroup)) return refuse('the recovery group')
  if (!isText(task.environment) || !isTextOrAbsent(task.purpose) || !isTextOrAbsent(task.ticket))
    return refuse('the task')
  if (approval !== undefined && !oneOf(APPROVAL_LEVELS, approval.level)) return refuse('the approval')
  if (request.breakGlass !== undefined && typeof request.breakGlass !== 'boolean')
    return refuse('whether the glass is broken')
  if (typeof request.approverExists !== 'boolean') return refuse('whether there is an approver')
  if (!Number.isSafeInteger(request.ttlSeconds)) return refuse('the duration is not whole seconds')
  if (!Number.isSafeInteger(request.now) || request.now < 0 || request.now > 253_402_300_799)
    return refuse('the time is not seconds since 1970')
  if (!isTextOrAbsent(request.source)) return refuse('the source')
  if (request.scan !== undefined && !isScan(request.scan)) return refuse('the scan')
  if (!factsFit(words, request.facts)) return refuse('a fact is not declared, or of another type')
  if (environment.name !== scope.environment)
    return {
      policy: 'guardrail:environment-holds',
      reason: 'The environment described is not the environment of the scope.',
    }
  return undefined
}

function factsFit(words: Vocabulary, facts: Facts | undefined): boolean {
  for (const name in facts) {
    const value = facts[name]
    const type = words.facts.get(name)
    if (value !== undefined && (type === undefined || !FITS[type](value))) return false
  }
  return true
}
