import type { Simulation } from '@credbroker/core/wire/simulate'
import { Text } from '@mantine/core'
import { Facts } from '../../ui/facts.tsx'
import { ForeignText } from '../../ui/foreign-text.tsx'
import { Access, State } from '../../ui/words.tsx'

type Outcome = Pick<Simulation, 'verdict' | 'decisions'>

/** What was decided, level by level, with the policies that did it and their words. */
export const Verdict = ({ outcome: { verdict, decisions } }: { readonly outcome: Outcome }) => (
  <>
    <Text mb="sm">
      <State>{verdict}</State>
    </Text>
    {decisions.map((one) => (
      <Facts
        key={`${one.access}${one.operation ?? ''}`}
        of={{
          Access: <Access levels={[one.access]} />,
          Operation: one.operation && <code>{one.operation}</code>,
          Verdict: <State>{one.verdict}</State>,
          'Takes the approval of': one.level && (one.level === 'two-person' ? 'two persons' : 'one person'),
          'By the policies': (
            <ForeignText>{one.policies.join(', ') || 'none: nothing permits it'}</ForeignText>
          ),
          Why: one.reasons.length > 0 && <ForeignText>{one.reasons.join(' ')}</ForeignText>,
        }}
      />
    ))}
  </>
)
