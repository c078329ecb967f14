import type { Impact as Answer, PolicyDraft } from '@credbroker/core/wire/simulate'
import { Button, Loader, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { call } from '../../api/call.ts'
import { DataTable } from '../../ui/data-table.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Problem } from '../../ui/problem.tsx'
import { Access, State } from '../../ui/words.tsx'

type Row = Answer['changes'][number]

/** Whose access a draft would change, and how. Asked for, because it decides about everybody. */
export function Impact({ draft }: { readonly draft: PolicyDraft }) {
  const { mutate, data, error, isPending } = useMutation<Answer, Error>({
    mutationFn: () => call<Answer>('/v1/simulate/impact', { method: 'POST', body: { draft } }),
  })
  return (
    <section aria-label="What it would change">
      <Button variant="default" onClick={() => mutate()} disabled={isPending}>
        What would it change?
      </Button>
      {isPending && <Loader size="sm" aria-label="Deciding" />}
      <Problem error={error} />
      {data && (
        <>
          <DataTable<Row>
            label="What it would change"
            rows={{ items: data.changes, isPending: false, error: null, refetch: () => undefined }}
            keyOf={({ agent, scope, access }) => `${agent} ${scope} ${access}`}
            empty={<Empty title="Nothing">No agent could do more or less in a plain task.</Empty>}
            columns={[
              { title: 'Agent', width: 'minmax(7rem, 1fr)', cell: ({ agent }) => agent },
              { title: 'Scope', width: 'minmax(7rem, 1fr)', cell: ({ scope }) => scope },
              { title: 'Environment', width: '8rem', cell: ({ environment }) => environment, wide: true },
              { title: 'Access', width: '7rem', cell: ({ access }) => <Access levels={[access]} /> },
              {
                title: 'Now, and then',
                width: 'minmax(10rem, 1fr)',
                cell: ({ from, to }) => (
                  <>
                    <State>{from}</State> → <State>{to}</State>
                  </>
                ),
              },
            ]}
          />
          {data.truncated && <Text size="sm">There is more than this.</Text>}
        </>
      )}
    </section>
  )
}
