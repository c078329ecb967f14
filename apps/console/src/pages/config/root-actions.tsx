import type { RootView } from '@credbroker/core/wire/admin'
import { Button } from '@mantine/core'
import { useChange } from '../../api/change.ts'
import { useRole } from '../../session/me.ts'
import { Confirm } from '../../ui/confirm.tsx'
import { ChangeStatus } from '../../ui/problem.tsx'
import { ROOTS } from './kinds.ts'
import { pathOf } from './object-detail.tsx'
import { ReplaceCredential } from './replace-credential.tsx'

/** In a row of its own, after all the buttons. */
const UNDER = { order: 1, flexBasis: '100%' } as const

/** Ask the vendor again, and replace the credential there. */
export function RootActions({ view }: { readonly view: RootView }) {
  const check = useChange<RootView>()
  const rotate = useChange<RootView>()
  const operator = useRole('operator')
  if (!operator || view.tampered) return null
  const path = pathOf(ROOTS, view.name)
  return (
    <>
      {!view.disabled && (
        <Button variant="default" loading={check.busy} onClick={() => check.send({ path: `${path}/check` })}>
          {check.done ? 'Checked. Check again' : 'Check'}
        </Button>
      )}
      {!view.disabled && view.capabilities.includes('rotate') && (
        <Confirm verb="Rotate" change={rotate} order={{ path: `${path}/rotate` }}>
          A new credential takes its place at the vendor, and the present one ends. Every copy of it outside
          the broker dies with it.
        </Confirm>
      )}
      {view.source === 'api' && <ReplaceCredential view={view} />}
      <div style={UNDER}>
        <ChangeStatus change={check} />
      </div>
    </>
  )
}
