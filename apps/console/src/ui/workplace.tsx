import { List } from '@mantine/core'
import { ForeignText } from './foreign-text.tsx'

interface Props {
  /** Both as its client says; undefined where it said nothing. */
  readonly scan: string | undefined
  readonly sandbox: boolean | undefined
  /** Stray secrets that were let pass, where that is known. */
  readonly allowed?: readonly { readonly finding: string; readonly reason: string }[] | undefined
}

const LOOKED: Readonly<Record<string, string>> = {
  clean: 'it looked for stray secrets and found none',
  allowed: 'it started over stray secrets that somebody let pass',
  off: 'nobody looked for stray secrets',
}

/** What a client claims of the place where its agent works. Nothing of it is known. */
export const Workplace = ({ scan, sandbox, allowed = [] }: Props) => (
  <>
    {LOOKED[scan ?? ''] ?? 'its client said nothing of stray secrets'};{' '}
    {sandbox ? 'in a sandbox' : 'no sandbox is claimed'}
    {allowed.length > 0 && (
      <List size="sm">
        {allowed.map(({ finding, reason }) => (
          <List.Item key={finding}>
            <ForeignText>{finding}</ForeignText>: <ForeignText claimed>{reason}</ForeignText>
          </List.Item>
        ))}
      </List>
    )}
  </>
)
