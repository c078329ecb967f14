import type { AgentCell, UserCell } from '@credbroker/core/wire/who-has-write'
import { Anchor, Drawer, Stack, Text } from '@mantine/core'
import { Link } from 'wouter'
import { Facts } from '../../ui/facts.tsx'
import { ForeignText } from '../../ui/foreign-text.tsx'
import { Time } from '../../ui/time.tsx'
import { Access, State } from '../../ui/words.tsx'
import type { Opened } from './rows.ts'

const said = (answer: string): string => (answer === 'yes' ? 'yes' : 'with approval')

/** Why a cell says what it says: through which scopes and policies, and when last. */
export function CellDetail({
  opened,
  onClose,
}: {
  readonly opened: Opened | undefined
  readonly onClose: () => void
}) {
  const { row, cell } = opened ?? {}
  return (
    <Drawer
      opened={opened !== undefined}
      onClose={onClose}
      position="right"
      size="lg"
      title={row && cell && `${row.principal.replace(':', ' ')} in ${cell.environment}`}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {cell && (
        <Stack gap="md">
          <Text component="div">
            <Access levels={[cell.access]} />: {said(cell.answer)}
          </Text>
          {'ways' in cell ? <Ways cell={cell} /> : <Reasons cell={cell} />}
        </Stack>
      )}
    </Drawer>
  )
}

const Ways = ({ cell }: { readonly cell: AgentCell }) => (
  <>
    {cell.ways.map((way) => (
      <Facts
        key={way.scope}
        of={{
          Scope: (
            <Anchor component={Link} href={`/scopes/${way.scope}`}>
              {way.scope}
            </Anchor>
          ),
          Answer: <State>{said(way.answer)}</State>,
          'Takes the approval of':
            way.approval && (way.approval === 'two-person' ? 'two persons' : 'one person'),
          'By the policies': <ForeignText>{way.policies.join(', ')}</ForeignText>,
          'Only these operations': way.operations && <code>{way.operations.join(', ')}</code>,
          'Depends also on': way.conditions?.join(', '),
          'Only by break-glass': way.break_glass,
          'Last used': way.last_used === null ? 'never' : <Time at={way.last_used} />,
        }}
      />
    ))}
  </>
)

const Reasons = ({ cell }: { readonly cell: UserCell }) => (
  <Stack component="ul" gap="xs" m={0}>
    {cell.because.map(({ means, answer, reason, agent }) => (
      <li key={`${means}${agent ?? ''}${reason}`}>
        <ForeignText>{reason}</ForeignText> <State>{said(answer)}</State>
      </li>
    ))}
  </Stack>
)
