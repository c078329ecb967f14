import { Button, Code, CopyButton, Group } from '@mantine/core'
import classes from './codes.module.css'

/** Recovery codes, which are shown once. */
export const Codes = ({ codes }: { readonly codes: readonly string[] }) => (
  <>
    <ol className={classes['codes']} aria-label="Recovery codes">
      {codes.map((code) => (
        <Code key={code} component="li" p="xs">
          {code}
        </Code>
      ))}
    </ol>
    <Group>
      <CopyButton value={codes.join('\n')}>
        {({ copied, copy }) => (
          <Button variant="default" onClick={copy}>
            {copied ? 'Copied' : 'Copy them'}
          </Button>
        )}
      </CopyButton>
      <Button variant="default" onClick={() => print()}>
        Print them
      </Button>
    </Group>
  </>
)
