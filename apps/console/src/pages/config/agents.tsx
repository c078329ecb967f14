import type { agentView } from '@credbroker/core/wire/admin'
import type { z } from 'zod'
import { Empty } from '../../ui/empty.tsx'
import { ForeignText } from '../../ui/foreign-text.tsx'
import { CreateObject } from './create-object.tsx'
import { AGENT_FORM } from './forms.ts'
import { AGENTS, USERS } from './kinds.ts'
import { NameLink } from './names.tsx'
import { ObjectList } from './object-list.tsx'

type View = z.infer<typeof agentView>

export default function Agents() {
  return (
    <ObjectList<View>
      kind={AGENTS}
      actions={<CreateObject kind={AGENTS} form={AGENT_FORM} />}
      empty={
        <Empty title="No agent yet">
          Name one with its owner under <code>agents:</code> in <code>broker.yaml</code>, run{' '}
          <code>broker apply</code>, then <code>broker agent invite NAME</code>.
        </Empty>
      }
      columns={[
        { title: 'Owner', width: '9rem', cell: ({ owner }) => <NameLink of={USERS} name={owner} /> },
        { title: 'Teams', width: '9rem', cell: ({ teams }) => teams.join(', ') || '–', wide: true },
        {
          title: 'Tool and model',
          width: 'minmax(8rem, 1fr)',
          cell: ({ tool, model }) => (
            <ForeignText>{[tool, model].filter(Boolean).join(', ') || '–'}</ForeignText>
          ),
          wide: true,
        },
        { title: 'Signs in by', width: '10rem', cell: signsInBy },
      ]}
    />
  )
}

function signsInBy({ keys, trust }: View): string {
  const ways = [
    ...(keys.length > 0 ? [keys.length === 1 ? '1 key' : `${keys.length} keys`] : []),
    ...(trust.length > 0 ? ['its platform'] : []),
  ]
  return ways.join(', ') || 'nothing yet'
}
