import { Button, Loader, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import canonicalize from 'canonicalize'
import { Refused } from '../../api/call.ts'
import { Page } from '../../ui/page.tsx'
import { Problem } from '../../ui/problem.tsx'
import { save } from '../../ui/save.ts'
import { State } from '../../ui/words.tsx'
import { readReceipt } from './read-receipt.ts'
import { Story } from './story.tsx'

/** One task as a provable document: a page to read and to print, and the file that proves it. */
export default function Receipt({ params: { task } }: { readonly params: { readonly task: string } }) {
  const { data, error, refetch, isPending } = useQuery({
    queryKey: ['/v1/receipts', task],
    queryFn: ({ signal }) => readReceipt(task, signal),
    // Not signed yet: it is within seconds.
    retry: (failures, error) => failures < 20 && error instanceof Refused && error.code === 'receipt_pending',
    retryDelay: 1500,
    refetchInterval: ({ state }) => (state.data?.summary.state === 'interim' ? 4000 : false),
  })
  return (
    <Page
      title="Receipt"
      lead={
        <>
          Made from signed entries of the log alone. The file proves itself offline:{' '}
          <code>broker receipt --verify receipt-{task}.json</code>
        </>
      }
      actions={
        <>
          <Button variant="default" data-no-print onClick={() => print()}>
            Print
          </Button>
          <Button
            data-no-print
            disabled={!data}
            onClick={() =>
              data && save(`receipt-${task}.json`, 'application/json', canonicalize(data.document) ?? '')
            }
          >
            Download the proof
          </Button>
        </>
      }
    >
      {isPending && <Loader aria-label="Gathering the proofs" />}
      <Problem error={data ? null : error} retry={() => void refetch()} />
      {data && (
        <>
          <Text component="div" mb="md">
            <State>{data.summary.state}</State>{' '}
            {data.summary.state === 'final'
              ? 'The task is over and every credential of it is dead.'
              : `Not the last word: ${data.summary.open.map(({ what }) => what).join(', ')} still open.`}
          </Text>
          <Story summary={data.summary} />
        </>
      )}
    </Page>
  )
}
