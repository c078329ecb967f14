import type { GrantView } from '@credbroker/core/wire/tasks'
import { useList } from '../../api/queries.ts'
import { Choice, Filters, useFilters } from '../../ui/filters.tsx'
import { Page } from '../../ui/page.tsx'
import { GrantTable } from './grant-table.tsx'

export default function Grants() {
  const { values, set } = useFilters(['state'])
  return (
    <Page title="Grants" lead="What tasks may use, and until when. Of the newest tasks first.">
      <Filters>
        <Choice
          label="State"
          value={values.state}
          of={['pending', 'active', 'denied', 'ended']}
          onChange={(to) => set('state', to)}
        />
      </Filters>
      <GrantTable grants={useList<GrantView>('/v1/grants', values)} />
    </Page>
  )
}
