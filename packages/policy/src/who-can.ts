import type { Access } from '@credbroker/core/access'
import { CONDITIONS, type Condition } from '@credbroker/core/wire/who-has-write'
import { atMost, conditionsOf } from './at-most.ts'
import { type Node, walk } from './cedar-json.ts'
import { refusal } from './check-request.ts'
import type { PolicySet } from './compile.ts'
import { decide } from './decide.ts'
import { type Decision, deny } from './decision.ts'
import type { PolicyRequest } from './request.ts'
import { reuseKey } from './reuse.ts'
import { type Slice, sliceFor } from './slice.ts'

/**
 * Decides for reports, which ask about every agent and every scope. A denial says only that it is one; anything else is what
 * `decide` answers.
 */
export interface WhoCan {
  /** As `decide` answers this very request. */
  plain(request: PolicyRequest): Decision
  /** The most that other words of the agent, another time, place or call could make of it. */
  atMost(request: PolicyRequest): Decision
  /** What the policies that concern this request look at, of all that is open. */
  conditions(request: Pick<PolicyRequest, 'agent' | 'scope'>): readonly Condition[]
  /** Whether any policy says this text: two operations that none names, and that do the same, are decided alike. */
  names(text: string): boolean
  /** Agents with the same word here are decided alike, whatever they ask. */
  kind(agent: PolicyRequest['agent']): string
  /** Whether any permit is written for this agent and scope. Without one, and with no glass broken, everything is denied. */
  concerns(request: Pick<PolicyRequest, 'agent' | 'scope'>): boolean
}

const DENIED = deny([], [])
/** Some 30 MB. */
const MAX_KEPT = 50_000

export function createWhoCan(set: PolicySet): WhoCan {
  const plain = decideAlike(set)
  let open: ((request: PolicyRequest) => Decision) | undefined
  const words = wordsOf(set)
  return {
    plain,
    atMost: (request) => {
      open ??= openedOf(set, plain)
      return open(request)
    },
    conditions: (request) => {
      const { policies } = sliceFor(set.index, request, 0)
      const found = new Set(policies.flatMap(conditionsOf))
      return CONDITIONS.filter((condition) => found.has(condition))
    },
    names: (text) => words.has(text),
    kind: (agent) => {
      const { name, owner, teams, tool, model } = unnamedAgent(agent, words)
      return JSON.stringify([name, owner, teams, tool, model])
    },
    concerns: (request) => isPermitted(sliceFor(set.index, request, 0)),
  }
}

const openedOf = (set: PolicySet, plain: (request: PolicyRequest) => Decision) => {
  const opened = atMost(set)
  return opened === set ? plain : decideAlike(opened)
}

/**
 * Agents that no policy tells apart are answered alike, and so are scopes, roots and operations: a name that does not occur in the
 * policies concerned cannot change their answer. Where no permit is concerned there is nothing to ask.
 */
function decideAlike(set: PolicySet): (request: PolicyRequest) => Decision {
  const kept = new Map<string, Decision>()
  const texts = new Map<string, ReadonlySet<string>>()
  return (request) => {
    if (refusal(set.words, request)) return DENIED
    const slice = sliceFor(set.index, request, 0)
    if (request.breakGlass !== true && !isPermitted(slice)) return DENIED
    const words = texts.get(slice.key) ?? wordsOf(slice)
    texts.set(slice.key, words)
    const key = `${slice.key} ${reuseKey(set, unnamed(set, request, words))}`
    const known = kept.get(key)
    if (known) return known
    const decision = decide(set, request)
    if (kept.size >= MAX_KEPT) {
      kept.clear()
      texts.clear()
    }
    const answer = decision.verdict === 'deny' ? DENIED : decision
    kept.set(key, answer)
    return answer
  }
}

function unnamed(
  { words: { operations } }: PolicySet,
  request: PolicyRequest,
  words: ReadonlySet<string>,
): PolicyRequest {
  const { agent, scope, action } = request
  const named = (name: string): string => (words.has(name) ? name : '')
  const level: Access | undefined = request.access ?? operations.get(action)
  return {
    ...request,
    agent: unnamedAgent(agent, words),
    scope: { ...scope, name: named(scope.name), root: named(scope.root) },
    action: operations.has(action) ? named(action) : action,
    access: level,
  }
}

const unnamedAgent = (agent: PolicyRequest['agent'], words: ReadonlySet<string>): PolicyRequest['agent'] => ({
  ...agent,
  name: words.has(agent.name) ? agent.name : '',
  owner: words.has('owner') ? agent.owner : '',
  teams: agent.teams.filter((team) => words.has(team)),
})

const isPermitted = ({ policies }: Pick<Slice, 'policies'>): boolean =>
  policies.some(({ effect }) => effect === 'permit')

/** Every text in them: names of entities and attributes among others. */
function wordsOf({ policies }: Pick<Slice, 'policies'>): ReadonlySet<string> {
  const found = new Set<string>()
  for (const { json } of policies)
    walk(json as unknown as Node, (node) => {
      if (typeof node === 'string') found.add(node)
      return true
    })
  return found
}
