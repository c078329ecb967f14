import type { RootView } from '@credbroker/core/wire/admin'
import { Button, Modal, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { useLocation } from 'wouter'
import { useChange } from '../../api/change.ts'
import { useRole } from '../../session/me.ts'
import { ASKS } from './asks.ts'
import { NAME_FIELD } from './create-object.tsx'
import type { Document } from './draft.ts'
import { NEW_ROOT_FORM } from './forms.ts'
import { ObjectForm } from './object-form.tsx'
import { rootCredential } from './root-credential.ts'
import { SecretField } from './secret-field.tsx'

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
  const secret = useRef<HTMLTextAreaElement>(null)
  const [wrong, setWrong] = useState<string>()
  const [, navigate] = useLocation()
  const change = useChange<RootView>(({ name }) => navigate(`/roots/${name}`))
  useForgetting()
  const send = (document: Document) => {
    const field = secret.current
    const credential = rootCredential(field?.value ?? '')
    if (!field || credential === undefined) {
      setWrong('is neither a JSON document nor a postgres:// URL')
      return
    }
    setWrong(undefined)
    change.send({ path: '/v1/roots', body: { ...document, secret: credential } })
    field.value = ''
  }
  return (
    <ObjectForm form={FORM} document={{}} verb="Store it" change={change} onSubmit={send} onCancel={close}>
      <SecretField field={secret} error={wrong} />
      {change.waits && (
        <Text size="sm">
          Keep this window open: the credential is nowhere else. Closed, it has to be entered anew.
        </Text>
      )}
    </ObjectForm>
  )
}

/** What was sent is kept by the library for a while, to be looked at again. This must not be. */
function useForgetting(): void {
  const client = useQueryClient()
  // Whoever closes the window while it is on its way sends it all the same.
  useEffect(() => () => client.getMutationCache().clear(), [client])
}
