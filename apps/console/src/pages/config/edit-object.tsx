import { Button, Modal } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useState } from 'react'
import { useChange } from '../../api/change.ts'
import { useRole } from '../../session/me.ts'
import { ASKS } from './asks.ts'
import type { Document, Field } from './draft.ts'
import type { ConfigObject, Kind } from './kinds.ts'
import { Notice } from './notice.tsx'
import { pathOf } from './object-detail.tsx'
import { ObjectForm } from './object-form.tsx'
import { ScopeHelp } from './schema-help.tsx'

interface Props {
  readonly kind: Kind
  readonly view: ConfigObject
  readonly form: readonly Field[]
  /** What it says now. */
  readonly document: Document
}

/** Changes an object that files do not own. */
export function EditObject({ kind, view, form, document }: Props) {
  const [open, { open: edit, close }] = useDisclosure(false)
  const admin = useRole('admin')
  // Of a root that was changed by hand nothing can be believed that words could repair.
  const mendable = !view.tampered || kind.collection !== 'roots'
  if (!admin || !mendable || (view.source === 'files' && !view.tampered)) return null
  return (
    <>
      <Button variant="default" onClick={edit}>
        {view.disabled ? 'Edit and enable' : 'Edit'}
      </Button>
      <Modal {...ASKS} size="lg" opened={open} onClose={close} title={`Edit the ${kind.one} ${view.name}`}>
        <Editing kind={kind} view={view} form={form} document={document} close={close} />
      </Modal>
    </>
  )
}

function Editing({ kind, view, form, document, close }: Props & { readonly close: () => void }) {
  const change = useChange(close)
  // What changes meanwhile the person has not read: the broker refuses it then.
  const [revision] = useState(view.revision)
  return (
    <>
      {view.tampered && (
        <Notice weight="danger" title="Somebody changed this by hand">
          Read every field before you save: what you save is what you say.
        </Notice>
      )}
      <ObjectForm
        form={form}
        document={document}
        verb={view.disabled ? 'Save and enable' : 'Save'}
        change={change}
        onCancel={close}
        onSubmit={(made) =>
          change.send({
            path: pathOf(kind, view.name),
            method: 'PUT',
            body: { ...made, expected_revision: revision },
          })
        }
      >
        {(draft) => kind.collection === 'scopes' && <ScopeHelp draft={draft} />}
      </ObjectForm>
    </>
  )
}
