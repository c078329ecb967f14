import type { ApprovalView } from '@credbroker/core/wire/approvals'
import { inert } from '../../ui/inert.ts'

export type AskedRequest = NonNullable<ApprovalView['requests']>[number]

const DOES: Readonly<Record<AskedRequest['access'][number], string>> = {
  read: 'reads',
  write: 'changes data',
  delete: 'deletes',
  admin: 'changes who may do what, or what stays',
  secret: 'reads secrets',
  execute: 'runs code',
}

export const list = (items: readonly string[]): string =>
  items.map((item) => inert(item)).join(', ') || 'nothing'

export const does = (access: AskedRequest['access']): string => access.map((level) => DOES[level]).join(', ')

/** What would be done, in a few words. */
export function headline({ kind, requests = [], changes = [], scope, work }: ApprovalView): string {
  if (kind === 'config')
    return `Change the configuration (${changes.filter((line) => !line.startsWith(' ')).length} changes)`
  if (kind === 'scope') return `Use ${inert(work?.scope ?? 'a scope')}: ${does(scope?.access ?? [])}`
  const names = [...new Set(requests.flatMap(({ operations }) => operations.map(({ name }) => inert(name))))]
  return requests.length > 1 ? `${requests.length} calls: ${names.join(', ')}` : names.join(', ')
}

export const personOf = (principal: string): string => principal.replace(/^(user|agent):/, '')

/** Who still has to say yes. */
export function whoIsMissing({ missing, answers = [] }: ApprovalView): string {
  const given = answers.filter(({ verdict }) => verdict === 'approve').map(({ user }) => inert(user))
  const by = given.length > 0 ? `Approved by ${given.join(', ')}; ` : ''
  return `${by}${missing} more ${missing === 1 ? 'person has' : 'persons have'} to approve: neither who asks, nor the agent’s owner, nor someone who set up the other’s account`
}

/** Facts with words of their own, here or under what a loss would cost. */
const SAID_ELSEWHERE: ReadonlySet<string> = new Set([
  'backupCount',
  'newestBackup',
  'backupsDieWithIt',
  'recovery',
])

/** The remaining facts, by their names. */
export const otherFacts = (facts: AskedRequest['facts']): (readonly [string, string])[] =>
  Object.entries(facts)
    .filter(([name]) => !SAID_ELSEWHERE.has(name))
    .map(([name, value]) => [inert(name), typeof value === 'string' ? value : JSON.stringify(value)] as const)

/** As far as the vendor says how many there are, and how old the newest is. */
export function backupsOf({ backupCount: count, newestBackup: newest }: AskedRequest['facts']): string {
  if (typeof count !== 'number') return 'its backups: how many there are, the vendor does not say'
  if (count === 0) return 'nothing that could bring it back: the vendor has no backup of it'
  const age =
    typeof newest === 'string' ? `; the newest is of ${inert(newest.slice(0, 16).replace('T', ' '))} UTC` : ''
  return `${count === 1 ? 'its only backup is' : `its ${count} backups are`} deleted with it${age}`
}

/** Exactly what would be sent. */
export const exactly = ({ method, target, body, operations }: AskedRequest): string =>
  [
    `${method} ${target}`,
    ...(body === undefined ? [] : ['', body]),
    '',
    ...operations.map(({ name, arguments: given }) => `${name} ${JSON.stringify(given, null, 2)}`),
  ].join('\n')

/** All that a person decides by: where any of it is another one than was shown, they have to read it again. */
export const decidedBy = ({
  kind,
  level,
  environment,
  tier,
  requests,
  scope,
  changes,
  work,
  loss,
}: ApprovalView): string =>
  JSON.stringify({
    kind,
    level,
    environment,
    tier,
    requests,
    scope: scope && { access: scope.access, until: scope.until },
    changes,
    work,
    loss,
  })
