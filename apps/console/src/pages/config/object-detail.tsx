import { Loader } from '@mantine/core'
import type { ReactNode } from 'react'
import { useChange } from '../../api/change.ts'
import { useOne } from '../../api/queries.ts'
import { nameOf, useMe, useRole } from '../../session/me.ts'
import { Confirm } from '../../ui/confirm.tsx'
import { Facts } from '../../ui/facts.tsx'
import { inert } from '../../ui/inert.ts'
import { Page } from '../../ui/page.tsx'
import { Problem } from '../../ui/problem.tsx'
import type { ConfigObject, Kind } from './kinds.ts'
import { Standing, StandingNotice, sourceWords } from './standing.tsx'

interface Props<View> {
  readonly kind: Kind
  readonly name: string
  /** Above the facts, where something cannot wait. */
  readonly notice?: (view: View) => ReactNode
  readonly facts: (view: View) => Readonly<Record<string, ReactNode>>
  /** Beside the heading, before `Disable`. */
  readonly actions?: (view: View) => ReactNode
  /** Below the facts. */
  readonly children?: (view: View) => ReactNode
}

/** Every page about one object of the configuration. */
export function ObjectDetail<View extends ConfigObject>({
  kind,
  name,
  notice,
  facts,
  actions,
  children,
}: Props<View>) {
  const { data: view, error, refetch } = useOne<View>(pathOf(kind, name))
  return (
    <Page
      title={inert(name)}
      lead={`${kind.a === 'an' ? 'An' : 'A'} ${kind.one}`}
      actions={
        view && (
          <>
            {actions?.(view)}
            <Disable kind={kind} view={view} />
          </>
        )
      }
    >
      {!view && !error && <Loader aria-label={`Reading the ${kind.one}`} />}
      <Problem error={view ? null : error} retry={() => void refetch()} />
      {view && (
        <>
          <StandingNotice of={view} />
          {notice?.(view)}
          <Facts of={{ State: <Standing of={view} />, ...facts(view), 'Declared by': sourceWords(view) }} />
          {children?.(view)}
        </>
      )}
    </Page>
  )
}

export const pathOf = ({ collection }: Kind, name: string): string =>
  `/v1/${collection}/${encodeURIComponent(name)}`

function Disable({ kind, view }: { readonly kind: Kind; readonly view: ConfigObject }) {
  const change = useChange()
  const may = useRole(kind.disabledBy)
  const { data: me } = useMe()
  const oneself = kind.collection === 'users' && me !== undefined && nameOf(me) === view.name
  if (!may || view.disabled || view.tampered || oneself) return null
  return (
    <Confirm verb="Disable" change={change} order={{ path: pathOf(kind, view.name), method: 'DELETE' }}>
      {kind.ends}
    </Confirm>
  )
}
