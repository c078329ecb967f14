import type { ReceiptSummary } from '@credbroker/core/wire/receipts'
import { Table, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { ForeignText } from '../../ui/foreign-text.tsx'
import { exactTime } from '../../ui/time.tsx'
import { Access, State } from '../../ui/words.tsx'
import classes from './story.module.css'

type Items<Name extends keyof ReceiptSummary> = { readonly items: ReceiptSummary[Name] }

const took = (ms: number | undefined): string => (ms === undefined ? '' : `${(ms / 1000).toFixed(1)} s`)

/** A table that prints, and that becomes a list on a narrow screen. */
function Sheet({
  head,
  rows,
}: {
  readonly head: readonly string[]
  readonly rows: readonly (readonly ReactNode[])[]
}) {
  return (
    <Table className={classes['sheet'] ?? ''} verticalSpacing="xs">
      <Table.Thead>
        <Table.Tr>
          {head.map((title) => (
            <Table.Th key={title}>{title}</Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((cells, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a receipt does not change its order
          <Table.Tr key={at}>
            {cells.map((cell, column) => (
              <Table.Td key={head[column]} data-title={head[column]}>
                {cell}
              </Table.Td>
            ))}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}

export const Destroyed = ({ items }: Items<'destroyed'>) => (
  <Sheet
    head={['When', 'What', 'Where', 'How long', 'Backups']}
    rows={items.map(({ at, operation, arguments: named, anchors, duration_ms, result, erases, backups }) => [
      exactTime(at),
      <>
        <ForeignText>{operation}</ForeignText> {result === 'unknown' && <State>unknown</State>}
        {named && <ForeignText limit={300}>{JSON.stringify(named)}</ForeignText>}
      </>,
      <ForeignText key="where">{anchors.join(', ')}</ForeignText>,
      took(duration_ms),
      <>
        {erases.includes('backup') && <Text size="sm">Its backups went with it.</Text>}
        {backups?.where === undefined ? (
          'no other is on record'
        ) : (
          <ForeignText>{`at ${backups.where}`}</ForeignText>
        )}
        {backups?.authority !== undefined && <ForeignText>{` under ${backups.authority}`}</ForeignText>}
      </>,
    ])}
  />
)

export const Calls = ({ items }: Items<'calls'>) => (
  <Sheet
    head={['When', 'Operation', 'Access', 'Where', 'Result', 'Took']}
    rows={items.map(
      ({ at, operation, scope, method, access, anchors, result, status, duration_ms, approval }) => [
        exactTime(at),
        <>
          <ForeignText>{operation ?? method ?? '?'}</ForeignText>
          <Text size="xs" c="dimmed">
            {scope}
            {approval !== undefined && `, under ${approval}`}
          </Text>
        </>,
        <Access key="access" levels={access} />,
        <ForeignText key="where">{anchors.join(', ')}</ForeignText>,
        <>
          <State>{result}</State> {status}
        </>,
        took(duration_ms),
      ],
    )}
  />
)

const lastWords = ({ dead_at, dead_by, result }: ReceiptSummary['credentials'][number]): string => {
  if (dead_at !== undefined) return `, seen ${exactTime(dead_at)}`
  if (dead_by !== undefined) return `, dead by ${exactTime(dead_by)}`
  return result === 'ok' ? ', only the broker ends it' : ''
}

export const Credentials = ({ items }: Items<'credentials'>) => (
  <Sheet
    head={['Minted', 'Scope', 'At the vendor', 'SHA-256', 'Dead?']}
    rows={items.map((one) => [
      one.minted_at ? exactTime(one.minted_at) : one.result,
      <>
        {one.scope} <Access levels={one.access} />
      </>,
      `${one.provider ?? ''} ${one.name ?? ''}`,
      <code key="digest">{one.sha256 ?? '–'}</code>,
      `credential ${one.credential_dead ? 'dead' : 'not known to be dead'}, sessions ${one.sessions_dead ? 'dead' : 'not known to be dead'}${lastWords(one)}`,
    ])}
  />
)

export const Approvals = ({ items }: Items<'approvals'>) => (
  <Sheet
    head={['Asked', 'What', 'Who said what', 'Used by entries']}
    rows={items.map(({ asked_at, operation, scope, level, answers, used_by, expired, approval }) => [
      asked_at ? exactTime(asked_at) : approval,
      <ForeignText key="what">
        {`${operation ?? scope ?? 'configuration'}${level === 'two-person' ? ' (two persons)' : ''}`}
      </ForeignText>,
      answers.map(({ user, verdict, at, reason }) => (
        <div key={`${user}${at}`}>
          {user}: {verdict} at {exactTime(at)}
          {reason !== undefined && (
            <>
              {' '}
              <ForeignText>{reason}</ForeignText>
            </>
          )}
        </div>
      )),
      used_by.join(', ') || (expired ? 'never, it ended' : 'not yet'),
    ])}
  />
)

export const Grants = ({ items }: Items<'grants'>) => (
  <Sheet
    head={['Scope', 'Access', 'Token', 'State', 'By the policies']}
    rows={items.map(({ scope, access, token, provider, state, end_reason, code, policies }) => [
      scope,
      <Access key="access" levels={access} />,
      token === 'gateway' ? 'none: the broker calls' : `${token ?? ''} ${provider ?? ''}`,
      <>
        <State>{end_reason ?? state}</State> {code}
      </>,
      <ForeignText key="policies">{policies.join(', ')}</ForeignText>,
    ])}
  />
)

export const Denials = ({ items }: Items<'denials'>) => (
  <Sheet
    head={['When', 'What', 'Why']}
    rows={items.map(({ at, what, operation, scope, code, reason }) => [
      exactTime(at),
      <ForeignText key="what">{`${what} ${operation ?? scope ?? ''}`}</ForeignText>,
      <>
        <code>{code}</code> <ForeignText>{reason}</ForeignText>
      </>,
    ])}
  />
)
