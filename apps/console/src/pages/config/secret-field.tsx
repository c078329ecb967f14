import { Text, Textarea } from '@mantine/core'
import type { RefObject } from 'react'
import classes from './fields.module.css'

interface Props {
  /** What was typed stays in the field itself, and is taken out of it when it is sent. */
  readonly field: RefObject<HTMLTextAreaElement | null>
  readonly error: string | undefined
}

/** Where a credential is entered. Nothing fills it, and nothing reads it but the button that sends it. */
export const SecretField = ({ field, error }: Props) => (
  <Textarea
    ref={field}
    label="Credential"
    description="The JSON document of the provider, or a postgres:// URL. It goes to the broker and is never shown again."
    required
    error={error}
    rows={5}
    classNames={{ input: classes['code'] ?? '' }}
    autoComplete="off"
    autoCorrect="off"
    autoCapitalize="off"
    spellCheck={false}
    data-1p-ignore
    data-lpignore="true"
  />
)

/** While somebody else has to approve what was sent. */
export const KeepOpen = () => (
  <Text size="sm">
    Keep this window open: the credential is nowhere else. Closed, it has to be entered anew.
  </Text>
)
