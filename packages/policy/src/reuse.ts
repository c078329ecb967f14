import { refusal } from './check-request.ts'
import type { PolicySet } from './compile.ts'
import { decide } from './decide.ts'
import { BUILT_IN, type Decision } from './decision.ts'
import { mentionedOf } from './mentions.ts'
import type { Facts, FactValue, PolicyRequest } from './request.ts'

/** Decides with one policy set and reuses its answers. A new set needs a new decider. */
export interface Decider {
  readonly version: string
  decide(request: PolicyRequest): Decision
}

/** Longer keys are not worth keeping: names and facts of such a size are rare or hostile. */
const MAX_KEY = 4_096

/**
 * Reused = decided afresh: the key holds every value that reaches Cedar, so there is nothing to invalidate. Only
 * context attributes that some policy of the set mentions are in it. Two generations bound the memory.
 */
export function createDecider(set: PolicySet, { maxEntries = 10_000 } = {}): Decider {
  let young = new Map<string, Decision>()
  let old = new Map<string, Decision>()
  const keep = (key: string, decision: Decision): void => {
    if (young.size >= maxEntries / 2) {
      old = young
      young = new Map()
    }
    young.set(key, decision)
  }
  return {
    version: set.version,
    decide(request) {
      if (refusal(set.words, request)) return decide(set, request)
      const key = reuseKey(set, request)
      let decision = young.get(key)
      if (decision) return decision
      decision = old.get(key) ?? decide(set, request)
      // An error may have been Cedar's own (memory, say) and not the request's.
      if (key.length <= MAX_KEY && !decision.policies.includes(BUILT_IN.errorsDeny)) keep(key, decision)
      return decision
    },
  }
}

/** Lengths before contents: no value can be read as its neighbour. */
const text = (value: string): string => `${value.length}:${value}`
const maybe = (value: string | null | undefined): string => (value == null ? '-' : text(value))

/** @param request has passed `refusal` */
export function reuseKey({ mentions: { leaves, facts } }: PolicySet, request: PolicyRequest): string {
  const { agent, scope, environment, task } = request
  let key =
    text(request.action) +
    maybe(request.access) +
    text(agent.name) +
    text(agent.owner) +
    maybe(agent.tool) +
    maybe(agent.model) +
    texts(agent.teams) +
    text(scope.name) +
    text(scope.root) +
    text(scope.environment) +
    text(scope.provider) +
    text(scope.side) +
    flag(scope.gateway ?? false) +
    text(environment.tier) +
    maybe(environment.recoveryGroup) +
    text(task.environment) +
    flag(request.breakGlass ?? false)
  if (leaves.has('phase')) key += text(request.phase)
  if (leaves.has('approval')) key += maybe(request.approval?.level)
  if (leaves.has('approverExists')) key += flag(request.approverExists)
  if (leaves.has('ttlSeconds')) key += `${request.ttlSeconds};`
  if (leaves.has('now')) key += `${request.now};`
  if (leaves.has('task.purpose')) key += maybe(task.purpose)
  if (leaves.has('task.ticket')) key += maybe(task.ticket)
  if (leaves.has('source')) key += maybe(request.source)
  if (leaves.has('scan')) key += maybe(request.scan?.state) + flag(request.scan?.sandbox ?? false)
  return request.facts === undefined ? key : key + factsKey(facts, request.facts)
}

const flag = (value: boolean): string => (value ? '+' : '-')

const texts = (values: readonly string[]): string => {
  let key = `${values.length}[`
  for (const value of values) key += text(value)
  return key
}

function factsKey(mentioned: 'all' | ReadonlySet<string>, facts: Facts): string {
  let key = '{'
  for (const name of Object.keys(facts).sort()) {
    const value = facts[name]
    const read = value === undefined ? undefined : mentionedOf({ facts: mentioned }, name, value)
    if (read !== undefined) key += text(name) + factKey(read)
  }
  return key
}

function factKey(value: FactValue): string {
  if (typeof value !== 'object') return text(`${typeof value}${value}`)
  if (isTexts(value)) return texts(value)
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  return `{${members
    .sort()
    .map(([name, member]) => text(name) + text(String(member)))
    .join('')}}`
}

const isTexts = (value: object): value is readonly string[] => Array.isArray(value)
