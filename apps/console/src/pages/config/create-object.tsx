import { Button, Modal } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useMemo } from 'react'
import { useLocation } from 'wouter'
import { useChange } from '../../api/change.ts'
import { useRole } from '../../session/me.ts'
import { ASKS } from './asks.ts'
import type { Field } from './draft.ts'
import type { ConfigObject, Kind } from './kinds.ts'
import { pathOf } from './object-detail.tsx'
import { ObjectForm } from './object-form.tsx'
import { ScopeHelp } from './schema-help.tsx'

interface Props {
  readonly kind: Kind
  readonly form: readonly Field[]
}

export const NAME_FIELD: Field = {
  at: 'name',
  label: 'Name',
  hint: 'Lower-case letters, digits and -, starting with a letter',
  required: true,
  as: { kind: 'text' },
}

/** Makes a new object that files do not own. */
export function CreateObject({ kind, form }: Props) {
  const [open, { open: ask, close }] = useDisclosure(false)
  const admin = useRole('admin')
  if (!admin) return null
  return (
    <>
      <Button onClick={ask}>
        Add {kind.a} {kind.one}
      </Button>
      <Modal {...ASKS} size="lg" opened={open} onClose={close} title={`Add ${kind.a} ${kind.one}`}>
        <Creating kind={kind} form={form} close={close} />
      </Modal>
    </>
  )
}

function Creating({ kind, form, close }: Props & { readonly close: () => void }) {
  const [, navigate] = useLocation()
  const change = useChange<ConfigObject>(({ name }) => navigate(`/${kind.collection}/${name}`))
  const fields = useMemo(() => [NAME_FIELD, ...form], [form])
  return (
    <ObjectForm
      form={fields}
      document={{}}
      verb="Add"
      change={change}
      onCancel={close}
      onSubmit={({ name, ...made }) =>
        change.send({
          path: pathOf(kind, String(name)),
          method: 'PUT',
          body: { ...made, expected_revision: 'none' },
        })
      }
    >
      {(draft) => kind.collection === 'scopes' && <ScopeHelp draft={draft} />}
    </ObjectForm>
  )
}
