import type { userView } from '@credbroker/core/wire/admin'
import type { z } from 'zod'
import { Empty } from '../../ui/empty.tsx'
import { CreateObject } from './create-object.tsx'
import { USER_FORM } from './forms.ts'
import { USERS } from './kinds.ts'
import { ObjectList } from './object-list.tsx'

type View = z.infer<typeof userView>

export default function Users() {
  return (
    <ObjectList<View>
      kind={USERS}
      actions={<CreateObject kind={USERS} form={USER_FORM} />}
      empty={<Empty title="No user" />}
      columns={[
        {
          title: 'Roles',
          width: 'minmax(8rem, 2fr)',
          cell: ({ roles }) => roles.join(', ') || 'none: they see nothing',
        },
        {
          title: 'Invited by',
          width: '9rem',
          cell: ({ invited_by }) => invited_by ?? 'nobody yet',
          wide: true,
        },
      ]}
    />
  )
}
