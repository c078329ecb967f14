import type { ConfigDocument } from '@credbroker/core/config/document'
import type { Agent, Anchor, Environment, Issuer, Team, User } from './config.ts'
import type { DeclaredTable } from './declared.ts'
import { recoveryGroups } from './recovery-groups.ts'
import { TRUST_PROFILES } from './trust-profile.ts'

/** Who owns a declared object, and whether it is disabled. */
export type StandingOf = (
  table: DeclaredTable | 'users',
  name: string,
) => { readonly source: 'files' | 'api'; readonly disabled: boolean }

/** What a document declares, apart from roots and scopes, which need their vendors' word. */
export interface DesiredRows {
  readonly users: User[]
  readonly teams: Team[]
  readonly environments: Environment[]
  readonly anchors: Anchor[]
  readonly issuers: Issuer[]
  readonly agents: Agent[]
}

export function desiredRows(
  document: ConfigDocument,
  stored: {
    readonly users: readonly User[]
    readonly standing: StandingOf
    /** Environments that stay together, whatever the document says. */
    readonly together: readonly { readonly name: string; readonly backups: readonly string[] }[]
  },
): DesiredRows {
  const of = (table: Parameters<StandingOf>[0], name: string) => {
    const { source, disabled } = stored.standing(table, name)
    return { name, source, disabled }
  }
  const environments = Object.entries(document.environments)
  const groups = recoveryGroups([
    ...environments.map(([name, { backups }]) => ({ name, backups })),
    ...stored.together,
  ])
  return {
    users: Object.entries(document.users).map(([name, { roles }]) => ({
      ...of('users', name),
      roles,
      invitedBy: stored.users.find((user) => user.name === name)?.invitedBy ?? null,
    })),
    teams: Object.entries(document.teams).map(([name, { description }]) => ({
      ...of('teams', name),
      description: description ?? null,
    })),
    environments: environments.map(([name, { tier, backups }]) => ({
      ...of('environments', name),
      tier,
      backups,
      recoveryGroup: groups.get(name) ?? name,
    })),
    anchors: environments.flatMap(([environment, { anchors }]) =>
      anchors.map(({ vendor, id, shared }) => ({ vendor, id, environment, shared })),
    ),
    issuers: Object.entries(document.issuers).map(([name, { url, profile, jwks, algorithms }]) => ({
      ...of('issuers', name),
      url,
      profile,
      jwks: (jwks as Issuer['jwks'] | undefined) ?? null,
      algorithms: algorithms ?? TRUST_PROFILES[profile].algorithms,
    })),
    agents: Object.entries(document.agents).map(([name, agent]) => ({
      ...of('agents', name),
      owner: agent.owner,
      teams: agent.teams,
      tool: agent.tool ?? null,
      model: agent.model ?? null,
      maxTaskSeconds: agent.maxTask,
      trust: agent.trust.map(({ issuer, claims, environments, maxTask }) => ({
        issuer,
        claims,
        environments: environments ?? null,
        maxTaskSeconds: maxTask ?? null,
      })),
    })),
  }
}
