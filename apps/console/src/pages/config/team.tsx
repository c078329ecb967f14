import type { teamView } from '@credbroker/core/wire/admin'
import type { z } from 'zod'
import { ForeignText } from '../../ui/foreign-text.tsx'
import { EditObject } from './edit-object.tsx'
import { TEAM_FORM, teamDocument } from './forms.ts'
import { AGENTS, TEAMS } from './kinds.ts'
import { NameLinks } from './names.tsx'
import { ObjectDetail } from './object-detail.tsx'

type View = z.infer<typeof teamView>

export default function Team({ params: { name } }: { readonly params: { readonly name: string } }) {
  return (
    <ObjectDetail<View>
      kind={TEAMS}
      name={name}
      actions={(view) => (
        <EditObject kind={TEAMS} view={view} form={TEAM_FORM} document={teamDocument(view)} />
      )}
      facts={({ description, agents }) => ({
        Description: description !== undefined && <ForeignText>{description}</ForeignText>,
        Agents: <NameLinks of={AGENTS} names={agents} />,
      })}
    />
  )
}
