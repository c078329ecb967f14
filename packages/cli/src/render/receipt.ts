import type { ReceiptSummary } from '@credbroker/core/wire/receipts'
import { describe } from './describe.ts'
import { table } from './table.ts'

type Destroyed = ReceiptSummary['destroyed'][number]

/** The receipt for people. What an agent claimed says so; what is not in the records is not here. */
export function receiptText(summary: ReceiptSummary, columns?: number): string {
  const { task, grants, credentials, calls, lookups, denials, approvals, destroyed, unknown, children } =
    summary
  const { purpose, ticket, scan, sandbox, allowed_findings: allowed = [], ...who } = task
  const passed = allowed.map(({ finding, reason }) => `${finding} (${reason})`).join(', ') || undefined
  const shown = (
    title: string,
    headings: readonly string[],
    rows: readonly (readonly (string | undefined)[])[],
  ) => (rows.length === 0 ? '' : `\n${title}\n${table(headings, rows, columns)}`)
  return [
    `Receipt, ${summary.state}\n\n`,
    describe({ ...who, claimed: { purpose, ticket, scan, passed, sandbox } }),
    summary.open.length === 0 ? '' : `still open: ${summary.open.map(openText).join(', ')}\n`,
    shown(
      'Destroyed',
      ['at', 'operation', 'where', 'erases', 'took', 'result', 'approval', 'backups'],
      destroyed.map((one) => [
        one.at,
        deedOf(one),
        one.anchors.join(' '),
        one.erases.join(' '),
        milliseconds(one.duration_ms),
        one.result,
        one.approval,
        backupsText(one.backups),
      ]),
    ),
    shown(
      'Grants',
      ['grant', 'scope', 'access', 'token', 'provider', 'state', 'approval', 'ended'],
      grants.map((one) => [
        one.grant,
        one.scope,
        one.access.join(' '),
        one.token === 'gateway' ? 'stays with the broker' : one.token,
        one.provider,
        one.state,
        one.approval,
        one.ended_at && `${one.ended_at} ${one.end_reason ?? ''}`,
      ]),
    ),
    shown(
      'Credentials',
      ['lease', 'scope', 'name', 'SHA-256', 'minted', 'expires', 'dead', 'backups'],
      credentials.map((one) => [
        one.lease,
        one.scope,
        one.name,
        one.sha256,
        one.minted_at ?? one.result,
        one.expires_at,
        deadText(one),
        backupsText(one.backups),
      ]),
    ),
    shown(
      lookups > 0 ? `Calls (for ${lookups} the vendor was asked first what they touch)` : 'Calls',
      ['at', 'scope', 'operation', 'access', 'side', 'where', 'result', 'took', 'approval'],
      calls.map((one) => [
        one.at,
        one.scope,
        one.operation,
        one.access.join(' '),
        one.sides.join(' '),
        one.anchors.join(' '),
        [one.result, one.status, one.code].filter((part) => part !== undefined).join(' '),
        milliseconds(one.duration_ms),
        one.approval,
      ]),
    ),
    shown(
      'Approvals',
      ['approval', 'what', 'level', 'answers', 'used'],
      approvals.map((one) => [
        one.approval,
        one.operation ?? one.scope,
        one.level,
        one.answers.map(({ user, verdict, at }) => `${user} ${verdict} ${at}`).join(', ') || 'nobody',
        one.used_by.length > 0 ? `${one.used_by.length} ×` : one.expired ? 'expired' : 'no',
      ]),
    ),
    shown(
      'Refused',
      ['at', 'scope', 'operation', 'code', 'reason'],
      denials.map((one) => [one.at, one.scope, one.operation, one.code, one.reason]),
    ),
    shown(
      'Announced, and nobody knows whether it took effect',
      ['record', 'at', 'what'],
      unknown.map(({ index, at, type }) => [String(index), at, type]),
    ),
    shown(
      'Child tasks, each with a receipt of its own',
      ['task', 'agent', 'begun'],
      children.map((one) => [one.task, one.sub_agent, one.at]),
    ),
  ].join('')
}

const openText = ({ what, id }: ReceiptSummary['open'][number]): string =>
  what === 'closing' ? 'the log has not closed the task' : `${what} ${id ?? ''}`.trim()

/** With what exactly was named, where the receipt has it. */
const deedOf = ({ operation, arguments: given }: Destroyed): string =>
  given ? given.map((one) => `${one.name} ${JSON.stringify(one.arguments)}`).join(', ') : operation

const milliseconds = (took: number | undefined): string | undefined =>
  took === undefined ? undefined : `${took} ms`

function backupsText(backups: Destroyed['backups']): string | undefined {
  if (!backups) return undefined
  const { where, authority, last_restore_test } = backups
  return [where, authority && `under ${authority}`, last_restore_test && `restored ${last_restore_test}`]
    .filter(Boolean)
    .join(', ')
}

function deadText({
  dead_at,
  credential_dead,
  dead_by,
  result,
}: ReceiptSummary['credentials'][number]): string {
  if (dead_at !== undefined) return dead_at
  if (credential_dead) return 'its sessions live on'
  return result === 'ok' && dead_by === undefined
    ? 'no; when the broker ends it'
    : `no; by itself at ${dead_by ?? 'its end'}`
}
