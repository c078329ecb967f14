import { notAuthorized, type Session } from './session.ts'
import type { Deployment, Instance } from './state.ts'

interface Paging {
  readonly first?: number
  readonly after?: string
}

/** A list by the vendor's rules: at most 500 at once, cursors are positions. */
export function connection<Node>(nodes: readonly Node[], { first = 500, after }: Paging) {
  const from = after === undefined ? 0 : Number(after) + 1
  const to = Math.min(from + Math.min(first, 500), nodes.length)
  return {
    edges: nodes.slice(from, to).map((node, at) => ({ cursor: String(from + at), node })),
    pageInfo: {
      hasNextPage: to < nodes.length,
      hasPreviousPage: from > 0,
      startCursor: to > from ? String(from) : null,
      endCursor: to > from ? String(to - 1) : null,
    },
  }
}

const LONG_AGO = '2025-01-01T00:00:00.000Z'

/** Objects of the vendor, with the fields that lead from one to another. */
export function objectsOf(session: Session) {
  const { state } = session
  const instance = (row: Instance): object => ({
    ...row,
    createdAt: LONG_AGO,
    currentSizeMB: 1200,
    isPendingDeletion: false,
    state: 'READY',
    volume: () => volume(session.volume(row.volumeId)),
  })
  const instances = (keep: (row: Instance) => boolean) => (paging: Paging) =>
    connection(
      state.volumeInstances.filter(keep).map((row) => instance(row)),
      paging,
    )
  const volume = (row: { readonly id: string }): object => ({
    ...row,
    createdAt: LONG_AGO,
    volumeInstances: instances(({ volumeId }) => volumeId === row.id),
  })
  const environment = (row: { readonly id: string }): object => ({
    ...row,
    canAccess: true,
    config: () => ({ variables: variablesIn(row.id) }),
    configEtag: 'etag',
    createdAt: LONG_AGO,
    updatedAt: LONG_AGO,
    isEphemeral: false,
    volumeInstances: instances(({ environmentId }) => environmentId === row.id),
  })
  const project = (row: { readonly id: string }): object => {
    const inIt = <Row extends { readonly projectId: string }>(rows: readonly Row[]) =>
      rows.filter(({ projectId }) => projectId === row.id)
    return {
      ...row,
      createdAt: LONG_AGO,
      updatedAt: LONG_AGO,
      environments: (paging: Paging) =>
        connection(
          inIt(state.environments)
            .filter(({ id }) => session.mayUse(row.id, id))
            .map(environment),
          paging,
        ),
      volumes: (paging: Paging) => connection(inIt(state.volumes).map(volume), paging),
      services: (paging: Paging) => connection(inIt(state.services).map(service), paging),
    }
  }
  const service = (row: { readonly id: string }): object => ({
    ...row,
    createdAt: LONG_AGO,
    updatedAt: LONG_AGO,
    featureFlags: [],
  })
  const deployment = (row: Deployment): object => ({
    ...row,
    createdAt: LONG_AGO,
    updatedAt: LONG_AGO,
    canRedeploy: true,
    canRollback: true,
    suggestAddServiceDomain: false,
  })
  const variablesIn = (environmentId: string, serviceId?: string) =>
    Object.fromEntries(
      state.variables
        .filter((each) => each.environmentId === environmentId && each.serviceId === (serviceId ?? null))
        .map(({ name, value }) => [name, value]),
    )
  return { instance, volume, environment, project, service, deployment, variablesIn }
}

type Id = { readonly id: string }
type At = { readonly projectId: string; readonly environmentId: string; readonly serviceId?: string }

/** The queries that this vendor answers. */
export function queriesOf(session: Session): Record<string, (given: never) => unknown> {
  const { state } = session
  const objects = objectsOf(session)
  const workspacesOf = () => state.workspaces.filter(({ id }) => session.person().workspaces.includes(id))
  return {
    me: () => {
      // A workspace token is nobody.
      if (session.person().type !== 'account') throw notAuthorized()
      return state.user
    },
    apiToken: () => ({ workspaces: workspacesOf() }),
    externalWorkspaces: () => (session.person() ? [] : []),
    projectToken: () => {
      const { at, name } = session.known()
      if (!at) throw notAuthorized()
      return { ...at, name, displayToken: '****', createdAt: LONG_AGO }
    },
    projectTokens: ({ projectId, ...paging }: Paging & { projectId: string }) => {
      session.person()
      session.project(projectId)
      const rows = state.tokens.flatMap(({ name, at }) =>
        at?.projectId === projectId ? [{ ...at, name, displayToken: '****', createdAt: LONG_AGO }] : [],
      )
      return connection(rows, paging)
    },
    projects: ({ workspaceId, ...paging }: Paging & { workspaceId?: string }) => {
      const { workspaces } = session.person()
      const wanted = workspaceId === undefined ? workspaces : [workspaceId]
      if (wanted.some((id) => !workspaces.includes(id))) throw notAuthorized()
      const rows = state.projects.filter((each) => wanted.includes(each.workspaceId))
      return connection(rows.map(objects.project), paging)
    },
    project: ({ id }: Id) => objects.project(session.project(id)),
    environments: ({ projectId, ...paging }: Paging & { projectId: string }) => {
      session.project(projectId)
      const rows = state.environments.filter((each) => each.projectId === projectId)
      return connection(rows.map(objects.environment), paging)
    },
    environment: ({ id }: Id) => objects.environment(session.environment(id)),
    service: ({ id }: Id) => objects.service(session.service(id)),
    volumeInstance: ({ id }: Id) => objects.instance(session.instance(id)),
    volumeInstanceBackupList: ({ volumeInstanceId }: { volumeInstanceId: string }) => {
      session.instance(volumeInstanceId)
      return state.backups
        .filter((each) => each.volumeInstanceId === volumeInstanceId)
        .map((row) => ({ ...row, externalId: row.id }))
    },
    deployment: ({ id }: Id) => objects.deployment(session.deployment(id)),
    deployments: ({ input, ...paging }: Paging & { input: Partial<At> }) => {
      if (input.environmentId) session.environment(input.environmentId)
      const rows = state.deployments.filter(
        (each) =>
          session.mayUse(each.projectId, each.environmentId) &&
          (input.environmentId ?? each.environmentId) === each.environmentId,
      )
      return connection(rows.map(objects.deployment), paging)
    },
    variables: ({ environmentId, serviceId }: At) => {
      session.environment(environmentId)
      return objects.variablesIn(environmentId, serviceId)
    },
    customDomain: ({ id }: Id) => session.domain(id),
    regions: () => [{ name: 'us-west1', country: 'US', location: 'Oregon' }],
    platformStatus: () => ({ isStable: true }),
  }
}
