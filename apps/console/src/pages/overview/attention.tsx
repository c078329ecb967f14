import type { Overview } from '@credbroker/core/wire/reports'
import { Alert, Anchor, Title } from '@mantine/core'
import { Link } from 'wouter'
import { DataTable } from '../../ui/data-table.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Time } from '../../ui/time.tsx'
import { State } from '../../ui/words.tsx'

type Root = Overview['roots']['attention'][number]

/** What a person should look at: revocations that hang, checkpoints that are nowhere else, roots that are too broad or too old. */
export const Attention = ({ overview: { roots, revoking, audit } }: { readonly overview: Overview }) => (
  <>
    {revoking.count > 0 && (
      <Alert color="yellow" mb="md" title={`${revoking.count} revocations are not finished`}>
        The oldest began <Time at={revoking.oldest_at} />. Their vendors are asked again and again.{' '}
        <Anchor component={Link} href="/leases?state=revoking" size="sm">
          See them
        </Anchor>
      </Alert>
    )}
    {!audit.kept_outside && (
      <Alert color="yellow" mb="md" title="The log is vouched for by nobody outside">
        Whoever can write the database could roll it back unnoticed. Set BROKER_CHECKPOINT_FILE to a place
        that they cannot write.
      </Alert>
    )}
    <Leaked roots={roots.attention.filter(({ why }) => why.includes('leaked'))} />
    <Title order={2} mb="sm">
      Roots that need attention
    </Title>
    <DataTable<Root>
      label="Roots that need attention"
      rows={{ items: roots.attention, isPending: false, error: null, refetch: () => undefined }}
      keyOf={({ name }) => name}
      linkOf={({ name }) => `/roots/${name}`}
      empty={
        <Empty title={roots.all === 0 ? 'No root yet' : 'None'}>
          {roots.all === 0
            ? 'A root is a long-lived credential that only the broker holds.'
            : `All ${roots.all} are as narrow and as fresh as they should be.`}
        </Empty>
      }
      columns={[
        {
          title: 'Root',
          width: 'minmax(8rem, 1fr)',
          cell: ({ name }) => (
            <Anchor component={Link} href={`/roots/${name}`}>
              {name}
            </Anchor>
          ),
        },
        {
          title: 'Why',
          width: 'minmax(10rem, 2fr)',
          cell: ({ why }) => why.map((word) => <State key={word}>{word}</State>),
        },
        { title: 'Owner', width: '8rem', cell: ({ owner }) => owner, wide: true },
        { title: 'Age', width: '6rem', cell: ({ age_days }) => `${age_days} days`, wide: true },
        { title: 'Checked', width: '8rem', cell: ({ checked_at }) => <Time at={checked_at} />, wide: true },
      ]}
    />
  </>
)

/** What cannot wait: whoever has such a copy can do what the root can. */
function Leaked({ roots }: { readonly roots: readonly Root[] }) {
  if (roots.length === 0) return null
  const title =
    roots.length === 1
      ? 'The credential of a root was found'
      : `The credentials of ${roots.length} roots were found`
  return (
    <Alert color="red" mb="md" title={title}>
      Somebody told of it: it lay where it should not be. Replace it now; the page says how:{' '}
      {roots.map(({ name }) => (
        <Anchor key={name} component={Link} href={`/roots/${name}`} size="sm" mr="sm" underline="always">
          {name}
        </Anchor>
      ))}
    </Alert>
  )
}
