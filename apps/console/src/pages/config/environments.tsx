import type { environmentView } from '@credbroker/core/wire/admin'
import type { z } from 'zod'
import { Empty } from '../../ui/empty.tsx'
import { State, Tier } from '../../ui/words.tsx'
import { CreateObject } from './create-object.tsx'
import { ENVIRONMENT_FORM } from './forms.ts'
import { ENVIRONMENTS } from './kinds.ts'
import { ObjectList } from './object-list.tsx'

type View = z.infer<typeof environmentView>

export default function Environments() {
  return (
    <ObjectList<View>
      kind={ENVIRONMENTS}
      actions={<CreateObject kind={ENVIRONMENTS} form={ENVIRONMENT_FORM} />}
      empty={
        <Empty title="No environment yet">
          <code>broker init</code> writes a first <code>broker.yaml</code> with one; then{' '}
          <code>broker apply -f credbroker</code>. An environment that says nothing is protected.
        </Empty>
      }
      columns={[
        { title: 'Tier', width: '8rem', cell: ({ tier }) => <Tier>{tier}</Tier> },
        {
          title: 'Anchors',
          width: 'minmax(6rem, 1fr)',
          cell: ({ anchors }) => (anchors.length === 0 ? 'claims nothing' : `claims ${anchors.length}`),
          wide: true,
        },
        {
          title: 'Backups in',
          width: 'minmax(7rem, 1fr)',
          cell: ({ backups }) => backups.join(', ') || '–',
          wide: true,
        },
        {
          title: 'Break-glass',
          width: '9rem',
          cell: ({ break_glass }) => (break_glass.length > 0 ? <State>broken</State> : '–'),
          wide: true,
        },
      ]}
    />
  )
}
