import { Loader, Text } from '@mantine/core'
import { useLocation } from 'wouter'
import { useChange } from '../../api/change.ts'
import { useOne } from '../../api/queries.ts'
import { useRole } from '../../session/me.ts'
import { Confirm } from '../../ui/confirm.tsx'
import { Page } from '../../ui/page.tsx'
import { Problem } from '../../ui/problem.tsx'
import { CedarText } from './cedar-text.tsx'
import type { Policy } from './policies.tsx'
import { PolicyEditor } from './policy-editor.tsx'

const EXAMPLE = `@id("staging-reads")
permit(
  principal in Team::"NAME",
  action == Action::"read",
  resource in Environment::"staging"
);
`

/** One policy; where files do not own it, to be changed here. */
export default function PolicyPage({ params: { name } }: { readonly params: { readonly name: string } }) {
  return name === 'new' ? (
    <Page
      title="New policy"
      lead="Nothing holds before it is saved, and what widens a protected environment takes an approval."
    >
      <PolicyEditor text={EXAMPLE} />
    </Page>
  ) : (
    <Existing name={name} />
  )
}

function Existing({ name }: { readonly name: string }) {
  const path = `/v1/policies/${encodeURIComponent(name)}`
  const { data: policy, error, refetch } = useOne<Policy>(path)
  const admin = useRole('admin')
  const [, navigate] = useLocation()
  const remove = useChange(() => navigate('/policies'))
  const ours = policy !== undefined && !policy.guardrail && policy.source === 'api'
  return (
    <Page
      title={name}
      actions={
        admin &&
        ours && (
          <Confirm verb="Remove" change={remove} order={{ path, method: 'DELETE' }}>
            What only it permits is permitted no more, and what stands on it ends. What it forbids is
            forbidden no more.
          </Confirm>
        )
      }
    >
      {!policy && !error && <Loader aria-label="Reading the policy" />}
      <Problem error={policy ? null : error} retry={() => void refetch()} />
      {policy && <Origin policy={policy} />}
      {policy &&
        (ours && admin ? (
          <PolicyEditor key={policy.text} name={name} text={policy.text} revision={policy.revision} />
        ) : (
          <CedarText text={policy.text} />
        ))}
    </Page>
  )
}

const Origin = ({ policy: { guardrail, source, tampered } }: { readonly policy: Policy }) => (
  <Text c="dimmed" size="sm" mb="sm">
    {guardrail
      ? 'A guardrail: it is shipped with the broker, always loaded, and cannot be removed.'
      : source === 'files'
        ? 'Files own it: change it there, then broker apply.'
        : 'It was put here, or by the API.'}
    {tampered && ' It was changed by hand in the database and is not used.'}
  </Text>
)
