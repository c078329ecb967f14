import type { RootView } from '@credbroker/core/wire/admin'
import { Button, Modal, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useChange } from '../../api/change.ts'
import { ASKS } from './asks.ts'
import { ROOTS } from './kinds.ts'
import { pathOf } from './object-detail.tsx'
import { ObjectForm } from './object-form.tsx'
import { RootHelp } from './schema-help.tsx'
import { KeepOpen, SecretField } from './secret-field.tsx'
import { useCredential } from './use-credential.ts'

/** A new credential for a root that is there. */
export function ReplaceCredential({ view }: { readonly view: RootView }) {
  const [open, { open: ask, close }] = useDisclosure(false)
  return (
    <>
      <Button variant="default" onClick={ask}>
        Replace the credential
      </Button>
      <Modal {...ASKS} size="lg" opened={open} onClose={close} title={`A new credential for ${view.name}`}>
        <Replacing view={view} close={close} />
      </Modal>
    </>
  )
}

function Replacing({ view, close }: { readonly view: RootView; readonly close: () => void }) {
  const { field, wrong, take } = useCredential()
  const change = useChange<RootView>(close)
  const path = `${pathOf(ROOTS, view.name)}/credential`
  return (
    <ObjectForm
      form={[]}
      document={{}}
      verb="Replace it"
      change={change}
      onSubmit={() => take((secret) => change.send({ path, method: 'PUT', body: { secret } }))}
      onCancel={close}
    >
      <Text size="sm">
        {view.provider} is asked first what it reaches, and what the scopes of this root could do with it.{' '}
        {view.capabilities.includes('retire')
          ? 'Then the broker ends the present one at its vendor.'
          : 'The broker cannot end the present one: end it at its vendor afterwards.'}
      </Text>
      <RootHelp provider={view.provider} />
      <SecretField field={field} error={wrong} />
      {change.waits && <KeepOpen />}
    </ObjectForm>
  )
}
