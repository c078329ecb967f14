import type { RootView } from '@credbroker/core/wire/admin'
import { Button, Modal } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useLocation } from 'wouter'
import { useChange } from '../../api/change.ts'
import { useRole } from '../../session/me.ts'
import { ASKS } from './asks.ts'
import { NAME_FIELD } from './create-object.tsx'
import type { Document } from './draft.ts'
import { NEW_ROOT_FORM } from './forms.ts'
import { ObjectForm } from './object-form.tsx'
import { RootHelp } from './schema-help.tsx'
import { KeepOpen, SecretField } from './secret-field.tsx'
import { useCredential } from './use-credential.ts'

const FORM = [NAME_FIELD, ...NEW_ROOT_FORM]

/** Stores a root. Its credential leaves this window once, towards the broker, and is not kept in it. */
export function AddRoot() {
  const [open, { open: ask, close }] = useDisclosure(false)
  const operator = useRole('operator')
  if (!operator) return null
  return (
    <>
      <Button onClick={ask}>Store a root</Button>
      <Modal {...ASKS} size="lg" opened={open} onClose={close} title="Store a root">
        <Adding close={close} />
      </Modal>
    </>
  )
}

function Adding({ close }: { readonly close: () => void }) {
  const { field, wrong, take } = useCredential()
  const [, navigate] = useLocation()
  const change = useChange<RootView>(({ name }) => navigate(`/roots/${name}`))
  const send = (document: Document) =>
    take((secret) => change.send({ path: '/v1/roots', body: { ...document, secret } }))
  return (
    <ObjectForm form={FORM} document={{}} verb="Store it" change={change} onSubmit={send} onCancel={close}>
      {({ provider }) => (
        <>
          <RootHelp provider={String(provider ?? '')} />
          <SecretField field={field} error={wrong} />
          {change.waits && <KeepOpen />}
        </>
      )}
    </ObjectForm>
  )
}
