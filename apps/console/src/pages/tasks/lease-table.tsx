import type { LeaseView } from '@credbroker/core/wire/tasks'
import { Anchor, Text } from '@mantine/core'
import { Link } from 'wouter'
import { useChange } from '../../api/change.ts'
import { type Params, useList } from '../../api/queries.ts'
import { useRole } from '../../session/me.ts'
import { Confirm } from '../../ui/confirm.tsx'
import { DataTable } from '../../ui/data-table.tsx'
import { Empty } from '../../ui/empty.tsx'
import { exactTime, Time } from '../../ui/time.tsx'
import { State } from '../../ui/words.tsx'

/** What was minted, and whether it is really dead. */
export const LeaseTable = ({ params }: { readonly params: Params }) => (
  <DataTable
    label="Leases"
    rows={useList<LeaseView>('/v1/leases', params)}
    keyOf={({ id }) => id}
    empty={
      <Empty title="No lease">
        A lease is one credential that was minted at a vendor. <code>broker exec</code> has one minted for as
        long as its command runs; calls through the gateway need none.
      </Empty>
    }
    columns={[
      {
        title: 'Scope',
        width: 'minmax(8rem, 1fr)',
        cell: ({ scope, task }) => (
          <>
            <Anchor component={Link} href={`/scopes/${scope}`}>
              {scope}
            </Anchor>
            {params['task'] === undefined && (
              <div>
                <Anchor component={Link} href={`/tasks/${task}`} ff="monospace" size="xs">
                  {task}
                </Anchor>
              </div>
            )}
          </>
        ),
      },
      {
        title: 'At the vendor',
        width: 'minmax(10rem, 2fr)',
        cell: ({ provider, name }) => (
          <>
            {provider}
            <Text size="xs" c="dimmed" ff="monospace">
              {name}
            </Text>
          </>
        ),
        wide: true,
      },
      { title: 'State', width: '7rem', cell: ({ state }) => <State>{state}</State> },
      { title: 'Dead?', width: 'minmax(10rem, 1.5fr)', cell: (lease) => <Death lease={lease} /> },
      { title: 'Minted', width: '7rem', cell: ({ created_at }) => <Time at={created_at} />, wide: true },
      { title: 'Revoke', width: '6rem', cell: (lease) => <Revoke lease={lease} /> },
    ]}
  />
)

/** Two separate facts, and what is certain where the vendor does not let us know (I8). */
function Death({ lease }: { readonly lease: LeaseView }) {
  const { state, credential_dead, sessions_dead, dead_by, attempts } = lease
  if (state === 'active' || state === 'reserved')
    return (
      <Text size="sm">
        lives until {dead_by === undefined && 'the broker ends it, at '}
        {exactTime(lease.expires_at)}
      </Text>
    )
  const certain =
    dead_by === undefined ? 'not known; only the broker ends it' : `not known; dead by ${exactTime(dead_by)}`
  return (
    <Text size="sm" component="div">
      <div>credential: {credential_dead ? 'dead' : certain}</div>
      <div>sessions: {sessions_dead ? 'dead' : certain}</div>
      {state === 'revoking' && attempts > 1 && <div>tried {attempts} times, goes on trying</div>}
    </Text>
  )
}

function Revoke({ lease: { id, state, scope } }: { readonly lease: LeaseView }) {
  const change = useChange()
  const operator = useRole('operator')
  if (!operator || (state !== 'active' && state !== 'reserved')) return null
  return (
    <Confirm
      verb="Revoke"
      size="compact-sm"
      change={change}
      order={{ path: `/v1/leases/${id}`, method: 'DELETE' }}
    >
      This credential of {scope} is revoked at its vendor. The task goes on and may mint another one.
    </Confirm>
  )
}
