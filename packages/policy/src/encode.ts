import type { CedarValueJson, Context, EntityJson, TypeAndId } from '@cedar-policy/cedar-wasm/nodejs'
import { isDangerous, SIDES } from '@credbroker/core/access'
import { type Mentions, mentionedOf } from './mentions.ts'
import { accessOf, type FactType, type Vocabulary } from './operations.ts'
import type { FactValue, PolicyRequest } from './request.ts'

/** A request in Cedar's JSON. Every value is built here, so none of ours can pass for an entity or an extension. */
export interface Encoded {
  readonly principal: TypeAndId
  readonly action: TypeAndId
  readonly resource: TypeAndId
  readonly context: Context
  readonly entities: EntityJson[]
}

const uid = (type: string, id: string): TypeAndId => ({ type, id })
const entity = (type: string, id: string): CedarValueJson => ({ __entity: { type, id } })

/** @param request has passed `refusal`. Attributes of the context that no policy mentions are left out. */
export function encode(words: Vocabulary, mentions: Mentions, request: PolicyRequest): Encoded {
  const { agent, scope, environment } = request
  const principal = uid('Agent', agent.name)
  const action = uid('Action', request.action)
  const resource = uid('Scope', scope.name)
  const sides = scope.side === 'both' ? SIDES : [scope.side]
  return {
    principal,
    action,
    resource,
    context: contextOf(words, mentions, request),
    entities: [
      {
        uid: principal,
        attrs: present({
          owner: entity('User', agent.owner),
          tool: agent.tool ?? undefined,
          model: agent.model ?? undefined,
        }),
        parents: agent.teams.map((team) => uid('Team', team)),
      },
      { uid: action, attrs: {}, parents: groupsOf(words, request) },
      {
        uid: resource,
        attrs: {
          environment: entity('Environment', scope.environment),
          provider: scope.provider,
          sides: sides.map((side) => entity('Side', side)),
          gateway: scope.gateway ?? false,
        },
        parents: [uid('Root', scope.root), uid('Environment', scope.environment)],
      },
      {
        uid: uid('Environment', environment.name),
        attrs: present({
          tier: entity('Tier', environment.tier),
          recoveryGroup: environment.recoveryGroup,
        }),
        parents: [],
      },
    ],
  }
}

function groupsOf(words: Vocabulary, { action, access: level }: PolicyRequest): TypeAndId[] {
  const access = level ?? accessOf(words, action)
  const groups = access !== undefined && access !== action ? [uid('Action', access)] : []
  if (access !== undefined && isDangerous(access)) groups.push(uid('Action', 'dangerous'))
  return groups
}

function contextOf(words: Vocabulary, mentions: Mentions, request: PolicyRequest): Context {
  const { task, approval, facts, scan } = request
  const has = mentions.leaves
  const known = Object.entries(facts ?? {}).flatMap(([name, value]) => {
    const type = words.facts.get(name)
    const read = value === undefined ? undefined : mentionedOf(mentions, name, value)
    return type && read !== undefined ? [[name, factOf(type, read)] as const] : []
  })
  return present({
    task: present({
      environment: entity('Environment', task.environment),
      purpose: has.has('task.purpose') ? (task.purpose ?? undefined) : undefined,
      ticket: has.has('task.ticket') ? (task.ticket ?? undefined) : undefined,
    }),
    phase: has.has('phase') ? entity('Phase', request.phase) : undefined,
    ttlSeconds: has.has('ttlSeconds') ? request.ttlSeconds : undefined,
    approval: has.has('approval') && approval ? { level: entity('Approval', approval.level) } : undefined,
    approverExists: has.has('approverExists') ? request.approverExists : undefined,
    facts: facts !== undefined ? Object.fromEntries(known) : undefined,
    now: has.has('now')
      ? { __extn: { fn: 'datetime', arg: new Date(request.now * 1000).toISOString() } }
      : undefined,
    source: has.has('source') && request.source ? ip(request.source) : undefined,
    scan: has.has('scan') && scan ? { state: entity('Scan', scan.state), sandbox: scan.sandbox } : undefined,
  })
}

function factOf(type: FactType, value: FactValue): CedarValueJson {
  if (type === 'backup') return present(value as { readonly [name: string]: CedarValueJson | undefined })
  if (!Array.isArray(value)) return value as CedarValueJson
  if (type === 'strings') return [...value]
  return value.map((name) => entity(type === 'sides' ? 'Side' : 'Environment', name))
}

/** An IPv4 address that arrived over an IPv6 socket is the same address, or ranges would not hold it. */
const ip = (source: string): CedarValueJson => ({
  __extn: { fn: 'ip', arg: source.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '') },
})

const present = (record: {
  readonly [key: string]: CedarValueJson | undefined
}): Record<string, CedarValueJson> =>
  Object.fromEntries(Object.entries(record).filter((entry) => entry[1] !== undefined)) as Record<
    string,
    CedarValueJson
  >
