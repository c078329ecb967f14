import type { teamView } from '@credbroker/core/wire/admin'
import type { z } from 'zod'
import { Empty } from '../../ui/empty.tsx'
import { ForeignText } from '../../ui/foreign-text.tsx'
import { CreateObject } from './create-object.tsx'
import { TEAM_FORM } from './forms.ts'
import { TEAMS } from './kinds.ts'
import { ObjectList } from './object-list.tsx'

type View = z.infer<typeof teamView>

export default function Teams() {
  return (
    <ObjectList<View>
      kind={TEAMS}
      actions={<CreateObject kind={TEAMS} form={TEAM_FORM} />}
      empty={
        <Empty title="No team yet">
          A team is only needed where a policy shall speak of several agents at once. Name it under{' '}
          <code>teams:</code> in <code>broker.yaml</code>, and each of its agents names it.
        </Empty>
      }
      columns={[
        {
          title: 'Description',
          width: 'minmax(8rem, 2fr)',
          cell: ({ description }) => <ForeignText limit={120}>{description}</ForeignText>,
          wide: true,
        },
        { title: 'Agents', width: '6rem', cell: ({ agents }) => `${agents.length} agents` },
      ]}
    />
  )
}
