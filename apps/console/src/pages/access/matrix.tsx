import { Anchor, Badge, Text, UnstyledButton, VisuallyHidden } from '@mantine/core'
import { Link } from 'wouter'
import { Tier } from '../../ui/words.tsx'
import classes from './matrix.module.css'
import type { Cell, Opened, Row } from './rows.ts'

interface Head {
  readonly environments: readonly {
    readonly name: string
    readonly tier: string
  }[]
  readonly access: readonly string[]
}

interface Props {
  readonly head: Head
  readonly rows: readonly Row[]
  readonly onOpen: (opened: Opened) => void
}

const WORDS = { yes: 'yes', 'with-approval': 'with approval' } as const

/** Agents and people against environments and levels. */
export const Matrix = ({ head: { environments, access }, rows, onOpen }: Props) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1)
  <section className={classes['scroller']} tabIndex={0} aria-label="Who could do what">
    <table className={classes['matrix']}>
      <thead>
        <tr>
          <th scope="col" rowSpan={2}>
            Who
          </th>
          {environments.map(({ name, tier }) => (
            <th key={name} scope="colgroup" colSpan={access.length} className={classes['group']}>
              {name} <Tier>{tier}</Tier>
            </th>
          ))}
        </tr>
        <tr>
          {environments.flatMap(({ name }) =>
            access.map((level) => (
              <th key={`${name} ${level}`} scope="col">
                {level}
              </th>
            )),
          )}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.principal}>
            <th scope="row">
              <Who row={row} />
            </th>
            {environments.flatMap(({ name }) =>
              access.map((level) => (
                <td key={`${name} ${level}`}>
                  <Mark row={row} environment={name} level={level} onOpen={onOpen} />
                </td>
              )),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  </section>
)

function Who({ row }: { readonly row: Row }) {
  const [kind = '', name = ''] = row.principal.split(':')
  return (
    <>
      <Anchor component={Link} href={`/${kind}s/${name}`}>
        {name}
      </Anchor>
      <Text size="xs" c="dimmed">
        {row.kind === 'agent' ? `agent of ${row.owner}` : `person, ${row.roles.join(', ') || 'no role'}`}
        {row.stopped !== undefined && `, ${row.stopped.replace('_', ' ')}`}
      </Text>
    </>
  )
}

function Mark({
  row,
  environment,
  level,
  onOpen,
}: {
  readonly row: Row
  readonly environment: string
  readonly level: string
  readonly onOpen: (opened: Opened) => void
}) {
  const cell = (row.cells as readonly Cell[]).find(
    (one) => one.environment === environment && one.access === level,
  )
  if (!cell)
    return (
      <span className={classes['no']}>
        –<VisuallyHidden>no</VisuallyHidden>
      </span>
    )
  const word = WORDS[cell.answer]
  return (
    <UnstyledButton
      onClick={() => onOpen({ row, cell })}
      aria-label={`${row.principal.replace(':', ' ')} in ${environment}, ${level}: ${word}`}
    >
      <Badge
        variant={cell.answer === 'yes' ? 'filled' : 'outline'}
        color={cell.answer === 'yes' ? 'red' : 'gray'}
        radius="sm"
        size="sm"
        tt="none"
        classNames={{ root: classes['answer'] ?? '', label: classes[cell.answer] ?? '' }}
      >
        {cell.answer === 'yes' ? 'yes' : 'approval'}
      </Badge>
    </UnstyledButton>
  )
}
