import type { agentView } from '@credbroker/core/wire/admin'
import type { IssuerView } from '@credbroker/core/wire/trust'
import { Loader, Text, Title } from '@mantine/core'
import type { z } from 'zod'
import { useAll } from '../../api/queries.ts'
import { ForeignText } from '../../ui/foreign-text.tsx'
import { Problem } from '../../ui/problem.tsx'
import { AGENTS, ISSUERS } from './kinds.ts'
import { NameLinks } from './names.tsx'
import { ObjectDetail } from './object-detail.tsx'

export default function Issuer({ params: { name } }: { readonly params: { readonly name: string } }) {
  return (
    <ObjectDetail<IssuerView>
      kind={ISSUERS}
      name={name}
      facts={({ url, profile, keys, algorithms }) => ({
        Platform: profile,
        'Its tokens say they are from': <ForeignText>{url}</ForeignText>,
        'Its keys': <Keys of={keys} />,
        'They sign with': algorithms.join(', '),
      })}
    >
      {() => (
        <>
          <Title order={2} mt="lg" mb="sm">
            Agents that it vouches for
          </Title>
          <Trusting issuer={name} />
        </>
      )}
    </ObjectDetail>
  )
}

const Keys = ({ of }: { readonly of: IssuerView['keys'] }) => {
  if (of === 'discovery') return 'are where its discovery document says'
  return of === 'inline' ? 'are in broker.yaml' : <ForeignText>{of}</ForeignText>
}

function Trusting({ issuer }: { readonly issuer: string }) {
  const { items, isPending, error } = useAll<z.infer<typeof agentView>>('/v1/agents')
  const names = items
    .filter(({ disabled, trust }) => !disabled && trust.some((rule) => rule.issuer === issuer))
    .map(({ name }) => name)
  if (isPending) return <Loader size="sm" aria-label="Reading agents" />
  if (error) return <Problem error={error} />
  return names.length > 0 ? (
    <NameLinks of={AGENTS} names={names} />
  ) : (
    <Text c="dimmed">None: no agent has a rule that trusts it.</Text>
  )
}
