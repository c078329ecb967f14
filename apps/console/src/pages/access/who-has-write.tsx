import type { WhoHasWrite } from '@credbroker/core/wire/who-has-write'
import { Button, Loader, SegmentedControl, Text } from '@mantine/core'
import { useEffect, useEffectEvent, useState } from 'react'
import { useList } from '../../api/queries.ts'
import { Empty } from '../../ui/empty.tsx'
import { Choice, Filters, NameFilter, useFilters } from '../../ui/filters.tsx'
import { Page } from '../../ui/page.tsx'
import { Problem } from '../../ui/problem.tsx'
import { CellDetail } from './cell-detail.tsx'
import { ExportSheet } from './export-sheet.tsx'
import { Matrix } from './matrix.tsx'
import type { Opened, Row } from './rows.ts'
import { Unused } from './unused.tsx'

type Head = Omit<WhoHasWrite, 'items' | 'next_cursor'>

const LEVELS = ['read', 'write', 'delete', 'admin', 'secret', 'execute']

/** Who could do what, where: computed by the same decisions that tasks get. */
export default function WhoHasWritePage() {
  const { values, set } = useFilters(['environment', 'access', 'view'])
  const { environment, access, view } = values
  const rows = useList<Row, Head>('/v1/reports/who-has-write', { environment, access }, 100)
  const mixed = useOneVersion(rows)
  const [opened, setOpened] = useState<Opened>()
  return (
    <Page
      title="Who has write"
      lead="Each answer is made by the very policies that decide when a task asks. Open one to see through which scopes, by which policies, and when it was last used."
      actions={<ExportSheet rows={mixed ? [] : rows.items} />}
    >
      <Filters>
        <NameFilter label="Environment" value={environment} onChange={(to) => set('environment', to)} />
        <Choice label="Access" value={access} of={LEVELS} onChange={(to) => set('access', to)} />
        <SegmentedControl
          size="xs"
          aria-label="What to show"
          data={[
            { value: '', label: 'Matrix' },
            { value: 'unused', label: 'Unused' },
          ]}
          value={view}
          onChange={(to) => set('view', to)}
        />
      </Filters>
      {(rows.isPending || mixed) && <Loader aria-label="Deciding" />}
      <Problem error={rows.error} retry={() => void rows.refetch()} />
      {rows.first && rows.items.length === 0 && (
        <Empty title="Nobody is here yet">
          Declare agents and users in broker.yaml, then <code>broker apply</code>.
        </Empty>
      )}
      {rows.first && !mixed && rows.items.length > 0 && view === '' && (
        <Matrix head={rows.first} rows={rows.items} onOpen={setOpened} />
      )}
      {rows.first && !mixed && view === 'unused' && (
        <Unused rows={rows.items} days={rows.first.unused_days} />
      )}
      {rows.hasNextPage && (
        <Button
          variant="default"
          mt="sm"
          loading={rows.isFetchingNextPage}
          onClick={() => void rows.fetchNextPage()}
        >
          More people and agents
        </Button>
      )}
      {rows.first && (
        <Text size="xs" c="dimmed" mt="sm">
          By version {rows.first.version} of the configuration. Holds of recovery groups (I5) are not in it:
          they are decided at the moment of asking.
        </Text>
      )}
      <CellDetail opened={opened} onClose={() => setOpened(undefined)} />
    </Page>
  )
}

/** Pages of one version of the configuration only: where a later one is of another, all are read anew. */
function useOneVersion({ data, refetch }: ReturnType<typeof useList<Row, Head>>): boolean {
  const versions = [...new Set(data?.pages.map(({ version }) => version))].join()
  const mixed = versions.includes(',')
  const again = useEffectEvent(() => void refetch())
  useEffect(() => {
    if (versions.includes(',')) again()
  }, [versions])
  return mixed
}
