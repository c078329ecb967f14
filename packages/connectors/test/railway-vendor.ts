/** Ids of a small Railway: one project with two environments, and a project of somebody else. */
export const ids = {
  project: '11111111-0000-4000-8000-000000000001',
  foreignProject: '11111111-0000-4000-8000-000000000002',
  staging: '22222222-0000-4000-8000-000000000001',
  production: '22222222-0000-4000-8000-000000000002',
  foreignEnvironment: '22222222-0000-4000-8000-000000000003',
  service: '33333333-0000-4000-8000-000000000001',
  foreignService: '33333333-0000-4000-8000-000000000002',
  stagingVolume: '44444444-0000-4000-8000-000000000001',
  productionVolume: '44444444-0000-4000-8000-000000000002',
  sharedVolume: '44444444-0000-4000-8000-000000000003',
  stagingInstance: '55555555-0000-4000-8000-000000000001',
  productionInstance: '55555555-0000-4000-8000-000000000002',
  sharedStaging: '55555555-0000-4000-8000-000000000003',
  sharedProduction: '55555555-0000-4000-8000-000000000004',
  deployment: '66666666-0000-4000-8000-000000000001',
  backup: '77777777-0000-4000-8000-000000000001',
  workspace: '88888888-0000-4000-8000-000000000001',
  person: '88888888-0000-4000-8000-000000000002',
  token: '88888888-0000-4000-8000-000000000003',
  nobody: '99999999-0000-4000-8000-000000000009',
} as const

export const anchor = {
  staging: `${ids.project}/${ids.staging}`,
  production: `${ids.project}/${ids.production}`,
  project: ids.project as string,
}

const instance = (id: string, environmentId: string) => ({
  node: { id, environmentId, serviceId: ids.service },
})
const page = (edges: object[]) => ({ edges, pageInfo: { hasNextPage: false } })
const volume = (id: string, name: string, instances: object[]) => ({
  node: { id, name, volumeInstances: page(instances) },
})

const environment = (id: string) => ({ node: { id } })
const whole = () =>
  page([
    {
      node: {
        id: ids.project,
        environments: page([environment(ids.staging), environment(ids.production)]),
      },
    },
  ])

const things: Readonly<Record<string, (id: string) => unknown>> = {
  environment: (id) =>
    ({
      [ids.staging]: { id, projectId: ids.project },
      [ids.production]: { id, projectId: ids.project },
      [ids.foreignEnvironment]: { id, projectId: ids.foreignProject },
    })[id],
  service: (id) =>
    ({
      [ids.service]: { id, projectId: ids.project },
      [ids.foreignService]: { id, projectId: ids.foreignProject },
    })[id],
  deployment: (id) =>
    id === ids.deployment ? { id, projectId: ids.project, environmentId: ids.staging } : undefined,
  volumeInstance: (id) =>
    ({
      [ids.stagingInstance]: {
        id,
        environmentId: ids.staging,
        volume: { projectId: ids.project, name: 'staging data' },
      },
      [ids.productionInstance]: {
        id,
        environmentId: ids.production,
        volume: { projectId: ids.project, name: 'production data' },
      },
    })[id],
  project: (id) =>
    id === ids.project
      ? {
          id,
          volumes: page([
            volume(ids.stagingVolume, 'staging data', [instance(ids.stagingInstance, ids.staging)]),
            volume(ids.productionVolume, 'production data', [
              instance(ids.productionInstance, ids.production),
            ]),
            volume(ids.sharedVolume, 'shared\u202e data', [
              instance(ids.sharedStaging, ids.staging),
              instance(ids.sharedProduction, ids.production),
            ]),
          ]),
        }
      : undefined,
  apiToken: () => ({ workspaces: [{ id: ids.workspace, name: 'Shop' }] }),
  me: () => ({ id: ids.person, name: 'Jer' }),
  projects: whole,
  externalWorkspaces: () => [],
  projectToken: () => ({
    id: ids.token,
    name: 'deploys of staging',
    projectId: ids.project,
    environmentId: ids.staging,
  }),
  volumeInstanceBackupList: (id) =>
    [ids.stagingInstance, ids.productionInstance, ids.sharedStaging, ids.sharedProduction].some(
      (known) => known === id,
    )
      ? [{ id: ids.backup, createdAt: '2026-04-20T03:00:00.000Z' }]
      : undefined,
}

/** Answers as the vendor does, errors with status 200. */
export function railwayVendor(body: string): { status: number; body: string } {
  const { query, variables } = JSON.parse(body) as { query: string; variables: Record<string, string> }
  const field = /a: (\w+)/.exec(query)?.[1] ?? ''
  const found = things[field]?.(Object.values(variables)[0] ?? '')
  return {
    status: 200,
    body: JSON.stringify(found ? { data: { a: found } } : { errors: [{ message: 'Not found' }], data: null }),
  }
}
