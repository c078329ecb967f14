import { SIDES } from '@credbroker/core/access'
import type { CataloguedOperation, Effect, Fact, Resolution } from '../connector.ts'
import { hostAnchor } from '../http/root.ts'
import type { UpstreamReader } from '../request.ts'
import { type GitOperation, isPush } from './language.ts'
import { isZero } from './names.ts'
import type { GitSpec } from './spec.ts'

const ALL: Effect = { access: ['admin'], touches: SIDES, erases: SIDES }
const READ: Effect = { access: ['read'], touches: ['primary'], erases: [] }

const facts = { creates: 'strings', updates: 'strings', deletes: 'strings' } as const

/** All there are. What an operation does is in its name. */
export const catalogued: readonly CataloguedOperation[] = [
  { name: 'discover', ...READ },
  { name: 'listRefs', ...READ },
  { name: 'fetch', ...READ },
  { name: 'push.create', access: ['write'], touches: ['primary'], erases: [], facts },
  { name: 'push.forward', access: ['write'], touches: ['primary'], erases: [], facts },
  { name: 'push.rewrite', access: ['write', 'delete'], touches: ['primary'], erases: ['primary'], facts },
]

export function gitEffect({ name }: { readonly name: string }): Effect {
  const { access, touches, erases } = catalogued.find((each) => each.name === name) ?? ALL
  return { access, touches, erases }
}

/** Who may push must list the refs first, which is a `discover` of its own. */
export const gitOperations = ({ operations }: GitSpec): readonly CataloguedOperation[] =>
  catalogued.filter(
    ({ name }) => name === 'discover' || operations.includes(name.startsWith('push.') ? 'push' : 'fetch'),
  )

/**
 * A git server has no ids to ask for: its repositories are their paths. Servers that read paths without regard to case have
 * one anchor for all spellings.
 */
export function resolveGit(operation: GitOperation, { host }: UpstreamReader): Resolution {
  if (!catalogued.some(({ name }) => name === operation.name)) return { is: 'unresolved' }
  const anchor = `${host}/${operation.arguments.repository.toLowerCase()}`
  if (!gitAnchor.accepts(anchor)) return { is: 'unresolved' }
  return { is: 'resolved', anchors: [anchor], facts: factsOf(operation) }
}

function factsOf(operation: GitOperation): { readonly [name: string]: Fact } {
  if (!isPush(operation)) return {}
  const { changes } = operation.arguments.asks
  const refs = (kept: (from: string, to: string) => boolean) =>
    changes.filter(({ from, to }) => kept(from, to)).map(({ ref }) => ref)
  return {
    creates: refs((from) => isZero(from)),
    updates: refs((from, to) => !isZero(from) && !isZero(to)),
    deletes: refs((_, to) => isZero(to)),
  }
}

export const gitAnchor = {
  syntax: '<host>, <host>/<owner> or <host>/<owner>/<repository>, in lower case',
  accepts: (anchor: string) => hostAnchor.accepts(anchor) && anchor === anchor.toLowerCase(),
} as const
