import type { scopeView } from '@credbroker/core/wire/admin'
import { Group } from '@mantine/core'
import type { z } from 'zod'
import { Empty } from '../../ui/empty.tsx'
import { Access } from '../../ui/words.tsx'
import { CreateObject } from './create-object.tsx'
import { durationText } from './duration-text.ts'
import { SCOPE_FORM } from './forms.ts'
import { ENVIRONMENTS, ROOTS, SCOPES } from './kinds.ts'
import { LastUse } from './last-use.tsx'
import { NameLink } from './names.tsx'
import { ObjectList } from './object-list.tsx'

type View = z.infer<typeof scopeView>

export default function Scopes() {
  return (
    <ObjectList<View>
      kind={SCOPES}
      actions={<CreateObject kind={SCOPES} form={SCOPE_FORM} />}
      empty={
        <Empty title="No scope yet">
          A scope says what of a root an agent may ask for. Name one under <code>scopes:</code> in{' '}
          <code>broker.yaml</code>, then <code>broker apply -f credbroker</code>.
        </Empty>
      }
      columns={[
        {
          title: 'Environment',
          width: '9rem',
          cell: ({ environment }) => <NameLink of={ENVIRONMENTS} name={environment} />,
        },
        {
          title: 'Root',
          width: 'minmax(7rem, 1fr)',
          cell: ({ root }) => <NameLink of={ROOTS} name={root} />,
          wide: true,
        },
        {
          title: 'Can at most',
          width: 'minmax(8rem, 2fr)',
          cell: ({ access }) => (
            <Group gap={4}>
              <Access levels={access} />
            </Group>
          ),
        },
        { title: 'Side', width: '6rem', cell: ({ side }) => side, wide: true },
        {
          title: 'Lasts',
          width: '5rem',
          cell: ({ max_ttl_seconds }) => durationText(max_ttl_seconds),
          wide: true,
        },
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
