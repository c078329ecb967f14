import { ACCESS, type Access, isDangerous } from '@credbroker/core/access'
import type { AgentCell, UserCell } from '@credbroker/core/wire/who-has-write'
import { approverExists, hadApprover, mayApprove } from '../../domain/approver-exists.ts'
import type { Environment, User } from '../../domain/config.ts'
import type { ConfigSnapshot } from '../../domain/snapshot.ts'
import { wideningContext } from '../config/widening-context.ts'

type Because = UserCell['because'][number]

/** What a person owns, and what the cells of those agents are. */
export type Owned = readonly { readonly agent: string; readonly cells: readonly AgentCell[] }[]

/** What a person could bring about, by themselves or with the approval of another; each with its reason. */
export function peopleOf(snapshot: ConfigSnapshot) {
  const now = standingOf(snapshot)
  return (user: User, environments: readonly Environment[], owned: Owned): UserCell[] => {
    const means = meansOf(now, user)
    return environments.flatMap((environment) =>
      ACCESS.flatMap((access): UserCell[] => {
        const because = [
          ...throughAgents(owned, environment.name, access, means.approves),
          ...(now.rooted.has(environment.name) ? configuring(means, environment) : []),
          ...(now.given.has(`${environment.name} ${access}`) ? withPasskey(means, environment, access) : []),
        ]
        if (because.length === 0) return []
        const answer = because.some((one) => one.answer === 'yes') ? 'yes' : 'with-approval'
        return [{ environment: environment.name, access, answer, because }]
      }),
    )
  }
}

/** What is the same for everybody. */
function standingOf(snapshot: ConfigSnapshot) {
  const { root_environments, scopes } = snapshot.rows
  return {
    holders: snapshot.passkeyHolders,
    /** I4c: nobody who could approve has ever been there. */
    free: !hadApprover(snapshot),
    isProtected: wideningContext(snapshot).isProtected,
    anybodyApproves: approverExists(snapshot),
    rooted: new Set(root_environments.flatMap(({ row, intact }) => (intact ? [row.environment] : []))),
    /** Levels that some scope of an environment can give at all. */
    given: new Set(
      scopes.flatMap(({ row, intact }) => {
        const root = snapshot.stored('roots', row.root)
        const stands = intact && !row.disabled && root?.intact === true && !root.row.disabled
        return stands && root.row.state !== 'unusable'
          ? row.access.map((access) => `${row.environment} ${access}`)
          : []
      }),
    ),
  }
}

type Standing = ReturnType<typeof standingOf>
interface Means extends Pick<Standing, 'free' | 'isProtected' | 'anybodyApproves'> {
  readonly admin: boolean
  /** Has the role and a passkey. */
  readonly approves: boolean
  readonly breaksGlass: boolean
}

function meansOf(now: Standing, user: User): Means {
  const holds = now.holders.has(user.name)
  const admin = user.roles.includes('admin')
  return { ...now, admin, approves: mayApprove(user) && holds, breaksGlass: admin && holds }
}

const throughAgents = (
  owned: Owned,
  environment: string,
  access: Access,
  approves: boolean,
): readonly Because[] =>
  owned.flatMap(({ agent, cells }) =>
    cells
      .filter((cell) => cell.environment === environment && cell.access === access)
      .map(({ answer, approval }): Because => {
        const own = { means: 'owns-agent' as const, agent }
        if (answer === 'yes') return { ...own, answer, reason: `Owns ${agent}, which may` }
        if (approval === 'passkey' && approves)
          return { ...own, answer: 'yes', reason: `Owns ${agent}, and may approve what it asks` }
        const by = approval === 'two-person' ? 'two others' : 'an approver'
        return { ...own, answer, reason: `Owns ${agent}, which may where approved by ${by}` }
      }),
  )

function configuring({ admin, approves, free, isProtected }: Means, { name }: Environment): Because[] {
  if (!admin) return []
  const means = 'configuration' as const
  if (free)
    return [
      { means, answer: 'yes', reason: 'An admin, and configuration is free until somebody could approve' },
    ]
  if (!isProtected(name))
    return [{ means, answer: 'yes', reason: 'An admin, and this environment is not protected' }]
  if (approves)
    return [{ means, answer: 'yes', reason: 'An admin who may also approve what widens this environment' }]
  return [
    {
      means,
      answer: 'with-approval',
      reason: 'An admin; what widens this environment is approved by another',
    },
  ]
}

function withPasskey(
  { approves, breaksGlass, anybodyApproves }: Means,
  { tier }: Environment,
  access: Access,
): Because[] {
  const asks = isDangerous(access) && tier !== 'disposable'
  const alone = !asks || approves
  const holds = tier === 'protected' && !anybodyApproves
  return [
    ...(breaksGlass && !holds
      ? [
          {
            means: 'break-glass' as const,
            answer: alone ? ('yes' as const) : ('with-approval' as const),
            reason: `May break the glass for an agent${asks ? ', whose danger is approved all the same' : ''}`,
          },
        ]
      : []),
    ...(approves && asks
      ? [
          {
            means: 'approves' as const,
            answer: 'with-approval' as const,
            reason: 'May approve what agents ask, and asks for nothing',
          },
        ]
      : []),
  ]
}
