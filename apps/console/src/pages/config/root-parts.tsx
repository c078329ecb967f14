import type { RootView } from '@credbroker/core/wire/admin'
import { Text } from '@mantine/core'
import { Facts } from '../../ui/facts.tsx'
import { ForeignText } from '../../ui/foreign-text.tsx'
import { Notice, type Weight } from './notice.tsx'

type Finding = RootView['findings'][number]

const LEVELS: Readonly<Record<Finding['level'], { readonly weight: Weight; readonly todo: string }>> = {
  unsafe: {
    weight: 'danger',
    todo: 'Mend it at the vendor now, or disable this root; then check it again.',
  },
  'over-broad': {
    weight: 'caution',
    todo: 'Make a narrower credential at the vendor, or claim what is yours with an anchor; then check it again.',
  },
  advice: { weight: 'note', todo: 'Nothing has to be done at once.' },
}

/** What the vendor's answers say against it, the worst first, and what to do. */
export function Findings({ of }: { readonly of: readonly Finding[] }) {
  if (of.length === 0) return <Text c="dimmed">None, when it was checked last.</Text>
  const levels = Object.keys(LEVELS)
  return of
    .toSorted((one, other) => levels.indexOf(one.level) - levels.indexOf(other.level))
    .map(({ level, code, message }) => (
      <Notice key={`${code} ${message}`} weight={LEVELS[level].weight} title={`${level}: ${code}`}>
        <ForeignText>{message}</ForeignText>
        <Text size="sm">{LEVELS[level].todo}</Text>
      </Notice>
    ))
}

/** The record that approvers read. What nobody said is told as that. */
export const Recovery = ({ of }: { readonly of: RootView['recovery'] }) => (
  <Facts
    of={{
      'Backups are at': <ForeignText>{of.backups ?? 'nobody said'}</ForeignText>,
      'Under whose authority': <ForeignText>{of.authority ?? 'nobody said'}</ForeignText>,
      'Last restore test': of.lastRestoreTest ?? 'none on record',
      'They survive whatever this root can do': of.separateAuthority
        ? 'yes, somebody vouches for it'
        : 'nobody says so',
    }}
  />
)
