import { Anchor } from '@mantine/core'
import { Link } from 'wouter'

/** What the audit log says of it, the last use among it. */
export const RecordLink = ({ of, name }: { readonly of: 'scope' | 'environment'; readonly name: string }) => (
  <Anchor component={Link} href={`/audit?${of}=${encodeURIComponent(name)}`}>
    What happened with it
  </Anchor>
)
