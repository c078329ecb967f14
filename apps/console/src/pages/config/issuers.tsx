import type { IssuerView } from '@credbroker/core/wire/trust'
import { Empty } from '../../ui/empty.tsx'
import { ForeignText } from '../../ui/foreign-text.tsx'
import { ISSUERS } from './kinds.ts'
import { ObjectList } from './object-list.tsx'

export default function Issuers() {
  return (
    <ObjectList<IssuerView>
      kind={ISSUERS}
      empty={
        <Empty title="No issuer yet">
          With one, an agent in CI, a cluster or a cloud account needs no key of its own. Name its platform
          under <code>issuers:</code> in <code>broker.yaml</code>, and what has to be so under{' '}
          <code>trust:</code> of the agent.
        </Empty>
      }
      columns={[
        { title: 'Platform', width: '9rem', cell: ({ profile }) => profile },
        {
          title: 'Its tokens say they are from',
          width: 'minmax(10rem, 3fr)',
          cell: ({ url }) => <ForeignText limit={120}>{url}</ForeignText>,
          wide: true,
        },
      ]}
    />
  )
}
