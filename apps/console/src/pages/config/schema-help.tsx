import { schemaShape } from '@credbroker/core/json-schema/shape'
import type { RootView } from '@credbroker/core/wire/admin'
import type { KindView } from '@credbroker/core/wire/kinds'
import { Code, Spoiler, Text } from '@mantine/core'
import { useAll } from '../../api/queries.ts'
import type { Draft } from './draft.ts'
import { kindOfScope } from './kind-of-scope.ts'
import { useVendorKinds } from './vendor-kinds.ts'

/** What is to be entered, as the kind takes it: a mark `?` behind what may be left out. */
const Shape = ({ title, of }: { readonly title: string; readonly of: KindView['scope'] }) => (
  <div>
    <Text size="sm" mb={4}>
      {title}
    </Text>
    <Spoiler maxHeight={160} showLabel="Show all of it" hideLabel="Show less">
      <Code block>{schemaShape(of)}</Code>
    </Spoiler>
  </div>
)

/** What the credential of a root of this kind looks like. */
export function RootHelp({ provider }: { readonly provider: string }) {
  const kind = useVendorKinds().find(({ name }) => name === provider)
  return kind?.root ? <Shape title={`What the credential of ${kind.name} says`} of={kind.root} /> : null
}

/** What a scope may allow, in the words of whoever reads it. */
export function ScopeHelp({ draft }: { readonly draft: Draft }) {
  const roots = useAll<RootView>('/v1/roots').items
  const kind = kindOfScope(useVendorKinds(), {
    connector: String(draft['connector'] ?? ''),
    provider: roots.find(({ name }) => name === draft['root'])?.provider,
  })
  return kind ? <Shape title={`What a scope of ${kind.name} may allow`} of={kind.scope} /> : null
}
