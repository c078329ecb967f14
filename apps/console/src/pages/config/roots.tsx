import type { RootView } from '@credbroker/core/wire/admin'
import { Group } from '@mantine/core'
import { Empty } from '../../ui/empty.tsx'
import { Time, useNow } from '../../ui/time.tsx'
import { State } from '../../ui/words.tsx'
import { AddRoot } from './add-root.tsx'
import { ROOTS, USERS } from './kinds.ts'
import { LastUse } from './last-use.tsx'
import { NameLink } from './names.tsx'
import { ObjectList } from './object-list.tsx'
import { attention } from './root-words.ts'

export default function Roots() {
  const now = useNow(60_000)
  return (
    <ObjectList<RootView>
      kind={ROOTS}
      actions={<AddRoot />}
      empty={
        <Empty title="No root yet">
          Store the first one here, or name it in <code>broker.yaml</code> and run{' '}
          <code>broker apply -f credbroker</code>. Its vendor is asked first what it reaches.
        </Empty>
      }
      columns={[
        { title: 'Provider', width: '9rem', cell: ({ provider }) => provider, wide: true },
        {
          title: 'Environments',
          width: 'minmax(8rem, 1fr)',
          cell: ({ environments }) => environments.join(', ') || 'none',
        },
        {
          title: 'Owner',
          width: '7rem',
          cell: ({ owner }) => <NameLink of={USERS} name={owner} />,
          wide: true,
        },
        {
          title: 'Fit and findings',
          width: 'minmax(9rem, 1fr)',
          cell: (view) => (
            <Group gap={4}>
              {[view.state, ...attention(view, now)].map((word) => (
                <State key={word}>{word}</State>
              ))}
            </Group>
          ),
        },
        { title: 'Age', width: '7rem', cell: ({ added_at }) => <Time at={added_at} />, wide: true },
        { title: 'Checked', width: '7rem', cell: ({ checked_at }) => <Time at={checked_at} />, wide: true },
        {
          title: 'Last used',
          width: '7rem',
          cell: ({ last_used_at }) => <LastUse at={last_used_at} />,
          wide: true,
        },
      ]}
    />
  )
}
