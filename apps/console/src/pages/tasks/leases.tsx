import { Choice, Filters, NameFilter, useFilters } from '../../ui/filters.tsx'
import { Page } from '../../ui/page.tsx'
import { LeaseTable } from './lease-table.tsx'

export default function Leases() {
  const { values, set } = useFilters(['state', 'provider'])
  return (
    <Page title="Leases" lead="What was minted at vendors, and whether it is really dead there.">
      <Filters>
        <Choice
          label="State"
          value={values.state}
          of={['reserved', 'active', 'revoking', 'ended']}
          onChange={(to) => set('state', to)}
        />
        <NameFilter label="Provider" value={values.provider} onChange={(to) => set('provider', to)} />
      </Filters>
      <LeaseTable params={values} />
    </Page>
  )
}
