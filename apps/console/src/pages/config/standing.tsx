import { Group, Text } from '@mantine/core'
import { State } from '../../ui/words.tsx'
import type { ConfigObject } from './kinds.ts'
import { Notice } from './notice.tsx'

/** Whether it counts, in a word or two. */
export const Standing = ({ of: { tampered, disabled } }: { readonly of: ConfigObject }) => (
  <Group gap={4}>
    {tampered && <State>tampered</State>}
    {disabled && <State>disabled</State>}
    {!tampered && !disabled && (
      <Text span size="sm" c="dimmed">
        in use
      </Text>
    )}
  </Group>
)

/** What the words mean, above everything else that is said of it. */
export const StandingNotice = ({ of: { tampered, disabled } }: { readonly of: ConfigObject }) => (
  <>
    {tampered && (
      <Notice weight="danger" title="It was changed by hand in the database">
        Nothing here can be trusted, and it gives nothing to anybody. Apply the files again, or have an
        administrator write it anew; the audit log says who changed it last through the broker.
      </Notice>
    )}
    {disabled && (
      <Notice weight="caution" title="It is disabled">
        It gives nothing to anybody. Whoever declares it enables it again.
      </Notice>
    )}
  </>
)

export const sourceWords = ({ source, tampered }: ConfigObject): string => {
  if (tampered) return 'not known: the row that says so was changed by hand'
  return source === 'files'
    ? 'files: change it in broker.yaml and apply'
    : 'the API: it is edited here, or with the CLI'
}
