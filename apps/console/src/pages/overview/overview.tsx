import type { Overview } from '@credbroker/core/wire/reports'
import { Loader } from '@mantine/core'
import { useOne } from '../../api/queries.ts'
import { Page } from '../../ui/page.tsx'
import { Problem } from '../../ui/problem.tsx'
import { Attention } from './attention.tsx'
import { Bars } from './bars.tsx'
import { FirstSteps } from './first-steps.tsx'
import classes from './overview.module.css'
import { Tile } from './tile.tsx'

/** What agents hold and ask for at this moment. */
export default function OverviewPage() {
  const { data, error, refetch } = useOne<Overview>('/v1/reports/overview', { everyMs: 15_000 })
  return (
    <Page title="Overview" lead="What agents hold and ask for at this moment.">
      {!data && !error && <Loader aria-label="Reading" />}
      <Problem error={data ? null : error} retry={() => void refetch()} />
      <FirstSteps />
      {data && (
        <>
          <div className={classes['tiles']}>
            <Tile title="Live tasks" value={data.tasks.live} href="/tasks?state=active">
              <Bars
                label="Live tasks by environment"
                bars={data.tasks.by_environment.map(({ environment, live }) => [environment, live])}
              />
            </Tile>
            <Tile title="Waiting approvals" value={data.approvals.waiting} href="/approvals">
              {data.approvals.waiting === 0 ? 'Nobody waits for a person.' : 'Somebody waits for a person.'}
            </Tile>
            <Tile
              title="Denials in 24 hours"
              value={data.denials.by_code.reduce((sum, { count }) => sum + count, 0)}
              href="/audit?result=denied"
            >
              <Bars
                label="Denials by reason"
                bars={data.denials.by_code.map(({ code, count }) => [code, count])}
              />
            </Tile>
            <Tile
              title="Living leases"
              value={data.leases.reduce((sum, { count }) => sum + count, 0)}
              href="/leases"
            >
              <Bars
                label="Leases by provider and state"
                bars={data.leases.map(({ provider, state, count }) => [`${provider}, ${state}`, count])}
              />
            </Tile>
          </div>
          <Attention overview={data} />
        </>
      )}
    </Page>
  )
}
