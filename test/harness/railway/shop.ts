import { randomUUID } from 'node:crypto'
import type { Backup, RailwayState, RailwayToken } from './state.ts'

/** Names for the ids of {@link shop}. */
export type ShopIds = ReturnType<typeof shopIds>

function shopIds() {
  const names = [
    'workspace',
    'foreignWorkspace',
    'project',
    'domainsProject',
    'foreignProject',
    'staging',
    'production',
    'domainsEnvironment',
    'foreignEnvironment',
    'api',
    'postgres',
    'foreignService',
    'stagingVolume',
    'scratchVolume',
    'productionVolume',
    'foreignVolume',
    'stagingInstance',
    'scratchInstance',
    'productionInstance',
    'foreignInstance',
    'stagingDeployment',
    'productionDeployment',
    'productionBackup',
    'stagingBackup',
    'scratchBackup',
    'nobody',
  ] as const
  return Object.fromEntries(names.map((name) => [name, randomUUID()])) as Record<
    (typeof names)[number],
    string
  >
}

export interface Shop {
  readonly ids: ShopIds
  readonly state: RailwayState
  readonly tokens: Readonly<Record<'account' | 'workspace' | 'project', RailwayToken>>
}

/**
 * A shop as it might be at Railway: staging and production in one project, a volume with backups in each, a project for the
 * custom domains in the same workspace, and a workspace of somebody else.
 */
export function shop(): Shop {
  const ids = shopIds()
  const token = (name: string, more: Pick<RailwayToken, 'type' | 'workspaces' | 'at'>): RailwayToken => ({
    secret: randomUUID(),
    name,
    ...more,
  })
  const tokens = {
    account: token('custom domains', { type: 'account', workspaces: [ids.workspace] }),
    workspace: token('ci', { type: 'workspace', workspaces: [ids.workspace] }),
    project: token('deploys of staging', {
      type: 'project',
      workspaces: [],
      at: { id: randomUUID(), projectId: ids.project, environmentId: ids.staging },
    }),
  }
  const backups = (volumeInstanceId: string, first: string, days: number): Backup[] =>
    Array.from({ length: days }, (_, day) => ({
      id: day === 0 ? first : randomUUID(),
      name: `daily ${day + 1}`,
      createdAt: `2026-04-${String(20 + day).padStart(2, '0')}T03:00:00.000Z`,
      volumeInstanceId,
      expiresAt: null,
    }))
  const instance = (id: string, volumeId: string, environmentId: string, data: string) => ({
    id,
    volumeId,
    environmentId,
    serviceId: environmentId === ids.foreignEnvironment ? ids.foreignService : ids.postgres,
    mountPath: '/var/lib/postgresql/data',
    sizeMB: 5000,
    data,
  })
  const deployment = (id: string, environmentId: string) => ({
    id,
    projectId: ids.project,
    environmentId,
    serviceId: ids.api,
    status: 'SUCCESS' as const,
    deploymentStopped: false,
  })
  const { project, foreignProject, staging, production } = ids
  const state: RailwayState = {
    user: { id: randomUUID(), name: 'Jer', email: 'jer@shop.test' },
    workspaces: [
      { id: ids.workspace, name: 'Shop' },
      { id: ids.foreignWorkspace, name: 'Somebody else' },
    ],
    projects: [
      { id: project, name: 'shop', workspaceId: ids.workspace },
      { id: ids.domainsProject, name: 'custom-domains', workspaceId: ids.workspace },
      { id: foreignProject, name: 'elsewhere', workspaceId: ids.foreignWorkspace },
    ],
    environments: [
      { id: staging, name: 'staging', projectId: project },
      { id: production, name: 'production', projectId: project },
      { id: ids.domainsEnvironment, name: 'production', projectId: ids.domainsProject },
      { id: ids.foreignEnvironment, name: 'production', projectId: foreignProject },
    ],
    services: [
      { id: ids.api, name: 'api', projectId: project },
      { id: ids.postgres, name: 'postgres', projectId: project },
      { id: ids.foreignService, name: 'api', projectId: foreignProject },
    ],
    volumes: [
      { id: ids.stagingVolume, name: 'orders-staging', projectId: project },
      { id: ids.scratchVolume, name: 'scratch-staging', projectId: project },
      { id: ids.productionVolume, name: 'orders-production', projectId: project },
      { id: ids.foreignVolume, name: 'theirs', projectId: foreignProject },
    ],
    volumeInstances: [
      instance(ids.stagingInstance, ids.stagingVolume, staging, '20 orders'),
      instance(ids.scratchInstance, ids.scratchVolume, staging, 'nothing of worth'),
      instance(ids.productionInstance, ids.productionVolume, production, '5000 orders'),
      instance(ids.foreignInstance, ids.foreignVolume, ids.foreignEnvironment, 'theirs'),
    ],
    backups: [
      ...backups(ids.stagingInstance, ids.stagingBackup, 2),
      ...backups(ids.scratchInstance, ids.scratchBackup, 3),
      ...backups(ids.productionInstance, ids.productionBackup, 5),
    ],
    deployments: [
      deployment(ids.stagingDeployment, staging),
      deployment(ids.productionDeployment, production),
    ],
    variables: [
      { environmentId: staging, serviceId: ids.api, name: 'STRIPE_KEY', value: 'sk_test_51Hshop' },
      { environmentId: production, serviceId: ids.api, name: 'STRIPE_KEY', value: 'sk_live_51Hshop' },
    ],
    domains: [],
    staged: {},
    tokens: Object.values(tokens),
  }
  return { ids, state, tokens }
}
