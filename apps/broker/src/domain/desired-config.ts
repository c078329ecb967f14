import type { ConfigDocument } from '@credbroker/core/config/document'
import type { Agent, Anchor, Environment, Issuer, Team, User } from './config.ts'
import { recoveryGroups } from './recovery-groups.ts'
import { TRUST_PROFILES } from './trust-profile.ts'

const files = { source: 'files', disabled: false } as const

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
  stored: { readonly users: readonly User[] },
): DesiredRows {
  const environments = Object.entries(document.environments)
  const groups = recoveryGroups(environments.map(([name, { backups }]) => ({ name, backups })))
  return {
    users: Object.entries(document.users).map(([name, { roles }]) => ({
      name,
      ...files,
      roles,
      invitedBy: stored.users.find((user) => user.name === name)?.invitedBy ?? null,
    })),
    teams: Object.entries(document.teams).map(([name, { description }]) => ({
      name,
      ...files,
      description: description ?? null,
    })),
    environments: environments.map(([name, { tier, backups }]) => ({
      name,
      ...files,
      tier,
      backups,
      recoveryGroup: groups.get(name) ?? name,
    })),
    anchors: environments.flatMap(([environment, { anchors }]) =>
      anchors.map(({ vendor, id, shared }) => ({ vendor, id, environment, shared })),
    ),
    issuers: Object.entries(document.issuers).map(([name, { url, profile, jwks, algorithms }]) => ({
      name,
      ...files,
      url,
      profile,
      jwks: (jwks as Issuer['jwks'] | undefined) ?? null,
      algorithms: algorithms ?? TRUST_PROFILES[profile].algorithms,
    })),
    agents: Object.entries(document.agents).map(([name, agent]) => ({
      name,
      ...files,
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
