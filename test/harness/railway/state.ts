/** Who a token is to the vendor. Account and workspace tokens are bearer tokens; a project token has a header of its own. */
export interface RailwayToken {
  readonly secret: string
  readonly name: string
  readonly type: 'account' | 'workspace' | 'project'
  /** Of account and workspace tokens. */
  readonly workspaces: readonly string[]
  /** Of project tokens. */
  readonly at?: { readonly id: string; readonly projectId: string; readonly environmentId: string }
}

interface Named {
  readonly id: string
  readonly name: string
}

export interface Instance {
  readonly id: string
  readonly volumeId: string
  readonly environmentId: string
  serviceId: string | null
  mountPath: string
  readonly sizeMB: number
  /** What is in it, so that it can be looked at. */
  readonly data: string
}

export interface Backup {
  readonly id: string
  readonly name: string
  readonly createdAt: string
  readonly volumeInstanceId: string
  expiresAt: string | null
}

export interface Deployment {
  readonly id: string
  readonly projectId: string
  readonly environmentId: string
  readonly serviceId: string
  status: 'SUCCESS' | 'REMOVED' | 'DEPLOYING'
  deploymentStopped: boolean
}

export interface Variable {
  readonly environmentId: string
  readonly serviceId: string | null
  readonly name: string
  value: string
}

type Values = { readonly [name: string]: { readonly value?: string } | null }
type Part = {
  readonly [id: string]: { readonly isDeleted?: boolean; readonly variables?: Values }
}

/** As much of a configuration as this vendor acts upon. */
export interface Config {
  readonly services?: Part
  readonly volumes?: Part
  readonly sharedVariables?: Values
}

/** All that the vendor has. Plain data: it can be copied and compared. */
export interface RailwayState {
  readonly user: Named & { readonly email: string }
  workspaces: Named[]
  projects: (Named & { readonly workspaceId: string })[]
  environments: (Named & { readonly projectId: string })[]
  services: (Named & { readonly projectId: string })[]
  volumes: (Named & { readonly projectId: string })[]
  volumeInstances: Instance[]
  backups: Backup[]
  deployments: Deployment[]
  variables: Variable[]
  domains: {
    readonly id: string
    readonly domain: string
    readonly projectId: string
    readonly environmentId: string
    readonly serviceId: string
  }[]
  staged: Record<string, Config>
  tokens: RailwayToken[]
}

/** The data and the backups of a volume as one line, `gone` where there is nothing left. */
export function volumeIn(state: RailwayState, id: string): string {
  const instances = state.volumeInstances.filter(({ volumeId }) => volumeId === id)
  const backups = state.backups.filter(({ volumeInstanceId }) =>
    instances.some((each) => each.id === volumeInstanceId),
  )
  const name = state.volumes.find((each) => each.id === id)?.name ?? id
  if (instances.length === 0) return 'gone, and its backups with it'
  return `${name}: ${instances.map(({ data }) => data).join(', ')}, ${backups.length} backups`
}
