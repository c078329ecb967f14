import { type Access, mostDangerous } from '@credbroker/core/access'
import type { ApprovalLevel } from '@credbroker/policy/request'
import type { Agent, Scope } from '../../domain/config.ts'
import { isGateway } from '../../domain/delivery.ts'
import type { Config } from '../config/live-config.ts'
import { type Call, decideCall } from '../tasks/decide-call.ts'
import { decideScope, type Question, request, type Standing, standing } from '../tasks/decide-scopes.ts'

/** One level that a task of an agent could have of a scope. */
export interface Held {
  readonly access: Access
  /** Who has to approve; absent: nobody. */
  readonly approval?: ApprovalLevel | undefined
  readonly policies: readonly string[]
  /** Only these: the level itself is denied. */
  readonly operations?: readonly string[] | undefined
  readonly breakGlass?: string | undefined
}

export type Asking = Omit<Question, 'phase' | 'environment' | 'approval'> & {
  readonly names: (text: string) => boolean
}

/**
 * What an agent could have of a scope, level by level, as starting a task, minting and each call are decided. What it holds besides
 * (I5), and what the vendor would say, is not known here.
 */
export function heldOf(config: Config, scope: Scope, asking: Asking): Held[] {
  const question = { ...asking, environment: scope.environment }
  const start = decideScope(config, scope.name, { ...question, phase: 'grant' })
  if (start.verdict === 'deny') return []
  const glass = start.breakGlass?.id
  if (isGateway(start.scope)) {
    const found = standing(config, scope.name, question)
    return start.access.flatMap((level) => callable(config, found, question, level, start.access) ?? [])
  }
  const approval = start.verdict === 'approval' ? levelOf(start.required) : undefined
  const mint = decideScope(config, scope.name, { ...question, phase: 'mint', approval })
  // Whoever did not ask when the task started has nobody to ask by now.
  if (mint.verdict !== 'permit') return []
  const policies = union(start.policies, mint.policies)
  const breakGlass = glass ?? mint.breakGlass?.id
  return mint.access.map((access) => ({ access, approval, policies, breakGlass }))
}

const levelOf = (required: readonly string[]): ApprovalLevel =>
  required.includes('approval:two-person') ? 'two-person' : 'passkey'

/** The easiest call that does something of this level and is within the task's environment and the scope's side. */
function callable(
  config: Config,
  found: Standing,
  question: Omit<Question, 'phase'> & Asking,
  level: Access,
  granted: readonly Access[],
): Held | undefined {
  const { scope } = found
  const facts = {
    environments: [question.environment],
    touches: [scope.side],
  }
  const possible = callsOf(scope, level, granted, question.names).flatMap(({ names, operation }) => {
    const held = decideOne(config, found, question, { operations: [operation], facts })
    return held ? [{ ...held, names }] : []
  })
  const best = possible.reduce<(typeof possible)[number] | undefined>(
    (easiest, one) => (easiest === undefined || effort(one) < effort(easiest) ? one : easiest),
    undefined,
  )
  if (!best) return undefined
  const { names, ...held } = best
  const asked = { ...request(config, scope, found.environment, { ...question, phase: 'call' }, level), facts }
  const named = scope.operations && config.decide(asked).verdict === 'deny'
  return {
    access: level,
    ...held,
    ...(named && { operations: [...new Set(possible.flatMap((one) => one.names))].sort() }),
  }
}

export const effort = ({ approval }: Pick<Held, 'approval'>): number =>
  approval === undefined ? 0 : approval === 'passkey' ? 1 : 2

function decideOne(
  config: Config,
  found: Standing,
  question: Omit<Question, 'phase'>,
  call: Call,
): Omit<Held, 'access'> | undefined {
  const first = decideCall(config, found, question, call)
  if (first.verdict === 'deny') return undefined
  const { policies, breakGlass } = first
  if (first.verdict === 'permit') return { policies, breakGlass: breakGlass?.id }
  const { level } = first
  const then = decideCall(config, found, question, { ...call, approval: { level } })
  if (then.verdict !== 'permit') return undefined
  return {
    approval: level,
    policies: union(policies, then.policies),
    breakGlass: (breakGlass ?? then.breakGlass)?.id,
  }
}

interface Candidate {
  /** The operations that it stands for. */
  readonly names: readonly string[]
  readonly operation: Call['operations'][number]
}

/**
 * Calls that are decided alike count as one. An operation is asked about doing the least: this level alone, or with one that counts
 * for more, in whose group it then is.
 */
function callsOf(
  { operations }: Scope,
  level: Access,
  granted: readonly Access[],
  names: Asking['names'],
): Candidate[] {
  if (!operations) return [{ names: [], operation: { levels: [level] } }]
  const alike = new Map<string, { id: string; access: readonly Access[]; names: string[] }>()
  for (const { id, access } of operations) {
    if (!access.includes(level)) continue
    const key = names(id) ? id : access.join()
    const known = alike.get(key)
    if (known) known.names.push(id)
    else alike.set(key, { id, access, names: [id] })
  }
  return [...alike.values()].flatMap(({ id, access, names: of }) => {
    const worse = access.filter(
      (other) => other !== level && granted.includes(other) && mostDangerous([level, other]) === other,
    )
    return [[level], ...worse.map((other) => [level, other])].map((levels) => ({
      names: of,
      operation: { id, levels },
    }))
  })
}

const union = (one: readonly string[], other: readonly string[]): string[] =>
  [...new Set([...one, ...other])].sort()

/** How an agent asks who wants nothing in particular. */
export const plainly = (agent: Agent, now: Date, names: Asking['names']): Asking => ({
  agent,
  purpose: 'report',
  ticket: null,
  ttlSeconds: 900,
  now,
  names,
})
