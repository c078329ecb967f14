import type { ApprovalView } from '@credbroker/core/wire/approvals'
import { inert } from './inert.ts'

type Request = NonNullable<ApprovalView['requests']>[number]

/** One thing that an approver has to know, with what it is about. `claimed`: somebody said so, and nobody checked. */
export interface Word {
  readonly name: string
  readonly text: string
  readonly tone?: 'bad' | 'claimed'
}

const DOES: Readonly<Record<Request['access'][number], string>> = {
  read: 'reads',
  write: 'changes data',
  delete: 'deletes',
  admin: 'changes who may do what, or what stays',
  secret: 'reads secrets',
  execute: 'runs code',
}

const list = (items: readonly string[]): string => items.map((item) => inert(item)).join(', ') || 'nothing'

/** What would be done, in a few words. */
export function headline({ kind, requests = [], changes = [], scope, work }: ApprovalView): string {
  if (kind === 'config')
    return `Change the configuration (${changes.filter((line) => !line.startsWith(' ')).length} changes)`
  if (kind === 'scope')
    return `Use ${inert(work?.scope ?? 'a scope')}: ${list((scope?.access ?? []).map((level) => DOES[level]))}`
  const names = [...new Set(requests.flatMap(({ operations }) => operations.map(({ name }) => inert(name))))]
  return requests.length > 1 ? `${requests.length} calls: ${names.join(', ')}` : names.join(', ')
}

/** Where, by whom, why and for how long. */
export function about(view: ApprovalView): Word[] {
  const { environment, tier, work, requester, reason, policies, level, missing, answers = [], scope } = view
  const person = (name: string) => name.replace(/^user:/, '')
  return [
    {
      name: 'Environment',
      text: `${inert(environment)}${tier ? ` (${tier})` : ''}`,
      ...(tier === 'protected' && { tone: 'bad' as const }),
    },
    {
      name: 'Asked by',
      text: work ? `${inert(work.agent)}, an agent of ${inert(work.owner)}` : inert(person(requester)),
    },
    ...(work ? claims(work.claimed) : []),
    ...(scope
      ? [
          {
            name: 'What you allow',
            text: `anything in ${inert(work?.scope ?? '')} until ${time(scope.until)}, ${scope.renewals} renewals of the credential counted`,
            tone: 'bad' as const,
          },
        ]
      : []),
    {
      name: 'Why a person is asked',
      text: `${inert(reason)}${policies.length > 0 ? ` (${list(policies)})` : ''}`,
    },
    ...(level === 'two-person' ? [{ name: 'Takes two', text: whoIsMissing(missing, answers) }] : []),
  ]
}

const claims = ({ purpose, ticket, tool, model }: NonNullable<ApprovalView['work']>['claimed']): Word[] =>
  Object.entries({ Purpose: purpose, Ticket: ticket, Tool: tool, Model: model }).flatMap(([name, text]) =>
    text === undefined ? [] : [{ name, text: inert(text), tone: 'claimed' as const }],
  )

function whoIsMissing(missing: number, answers: NonNullable<ApprovalView['answers']>): string {
  const given = answers.filter(({ verdict }) => verdict === 'approve').map(({ user }) => inert(user))
  const by = given.length > 0 ? `approved by ${given.join(', ')}; ` : ''
  return `${by}${missing} more ${missing === 1 ? 'person has' : 'persons have'} to approve: neither who asks, nor the agent’s owner, nor someone who set up the other’s account`
}

/** What one call does, to what, and what goes with it. */
export function effects({
  access,
  reversible,
  anchors,
  environments,
  touches,
  erases,
  facts,
}: Request): Word[] {
  const bad = 'bad' as const
  return [
    { name: 'Does', text: access.map((level) => DOES[level]).join(', ') },
    reversible
      ? { name: 'Undo', text: 'possible at the vendor' }
      : { name: 'Undo', text: 'This cannot be undone', tone: bad },
    { name: 'Touches', text: `${list(anchors)} in ${list(environments)}; the side: ${list(touches)}` },
    ...(erases.includes('backup') ? [{ name: 'Dies with it', text: backupsOf(facts), tone: bad }] : []),
    ...Object.entries(facts)
      .filter(([name]) => !SAID_ABOVE.has(name))
      .map(([name, value]) => ({ name: inert(name), text: inert(textOf(value)) })),
  ]
}

/** Facts with words of their own, here or under what a loss would cost. */
const SAID_ABOVE: ReadonlySet<string> = new Set([
  'backupCount',
  'newestBackup',
  'backupsDieWithIt',
  'recovery',
])

/** As far as the vendor says how many there are, and how old the newest is. */
function backupsOf({ backupCount: count, newestBackup: newest }: Request['facts']): string {
  if (typeof count !== 'number') return 'its backups: how many there are, the vendor does not say'
  if (count === 0) return 'nothing that could bring it back: the vendor has no backup of it'
  const age =
    typeof newest === 'string' ? `; the newest is of ${inert(newest.slice(0, 16).replace('T', ' '))} UTC` : ''
  return `${count === 1 ? 'its only backup is' : `its ${count} backups are`} deleted with it${age}`
}

/** What losing it would cost, and how one would come back. */
export const lossWords = (loss: ApprovalView['loss']): Word[] =>
  loss
    ? Object.entries({
        'Service that would stop': loss.service,
        'On call': loss.on_call,
        'Backups are at': loss.backups,
        'Under whose authority': loss.authority,
        'Last restore test': loss.last_restore_test ?? 'none on record',
      }).flatMap(([name, text]) => (text === undefined ? [] : [{ name, text: inert(text) }]))
    : []

/** Exactly what would be sent. */
export const exactly = ({ method, target, body, operations }: Request): string =>
  inert(
    [
      `${method} ${target}`,
      ...(body === undefined ? [] : ['', body]),
      '',
      ...operations.map(({ name, arguments: given }) => `${name} ${JSON.stringify(given, null, 2)}`),
    ].join('\n'),
    { lines: true },
  )

export const time = (text: string): string => new Date(text).toLocaleString()

/** Minutes and seconds until then. */
export function left(until: string, now: number): string {
  const seconds = Math.max(0, Math.floor((Date.parse(until) - now) / 1000))
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))
