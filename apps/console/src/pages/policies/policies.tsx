import type { policyView } from '@credbroker/core/wire/admin'
import { Anchor, Button, Group } from '@mantine/core'
import { Link } from 'wouter'
import type { z } from 'zod'
import { useAll } from '../../api/queries.ts'
import { useRole } from '../../session/me.ts'
import { DataTable } from '../../ui/data-table.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Page } from '../../ui/page.tsx'
import { State } from '../../ui/words.tsx'

export type Policy = z.infer<typeof policyView>

const linkOf = ({ name }: Pick<Policy, 'name'>) =>
  `/policies/${encodeURIComponent(name.replace(/^guardrails\//, ''))}`

/** What decides: the guardrails that are shipped, and what operators permit and forbid. */
export default function Policies() {
  const admin = useRole('admin')
  return (
    <Page
      title="Policies"
      lead="A permit lets something happen, a forbid always wins, and nothing is permitted by itself. Guardrails are shipped and cannot be removed."
      actions={
        admin && (
          <Button component={Link} href="/policies/new" variant="default">
            New policy
          </Button>
        )
      }
    >
      <DataTable<Policy>
        label="Policies"
        rows={useAll<Policy>('/v1/policies')}
        keyOf={({ name }) => name}
        linkOf={linkOf}
        empty={<Empty title="No policy">Without one, nothing is permitted.</Empty>}
        columns={[
          {
            title: 'Name',
            width: 'minmax(10rem, 1fr)',
            cell: (policy) => (
              <Anchor component={Link} href={linkOf(policy)}>
                {policy.name}
              </Anchor>
            ),
          },
          {
            title: 'From',
            width: 'minmax(8rem, 1fr)',
            cell: ({ guardrail, source, tampered }) => (
              <Group gap={6}>
                {guardrail ? 'shipped' : source === 'files' ? 'files' : 'here, or the API'}
                {tampered && <State>tampered</State>}
              </Group>
            ),
          },
        ]}
      />
    </Page>
  )
}
