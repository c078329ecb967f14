import { type Catalogue, each } from './entry.ts'

const here = { environment: 'environmentId', service: 'serviceId' } as const
const backup = ['backup'] as const

/** The queries that somebody has looked at. Reading is not harmless: logs and variables hold secrets. */
export const QUERIES: Catalogue = {
  'query.environment': { access: 'read', at: { environment: 'id' }, also: { project: 'projectId' } },
  'query.environmentStagedChanges': { access: 'read', at: { environment: 'environmentId' } },
  'query.project': { access: 'read', at: { project: 'id' } },
  'query.service': { access: 'read', at: { service: 'id' } },
  'query.serviceInstance': { access: 'read', at: here },
  'query.serviceInstanceLimits': { access: 'read', at: here },
  'query.tcpProxies': { access: 'read', at: here },
  'query.domains': { access: 'read', at: { ...here, project: 'projectId' } },
  'query.deployment': { access: 'read', at: { deployment: 'id' } },
  'query.deployments': {
    access: 'read',
    at: { environment: 'input.environmentId' },
    also: { project: 'input.projectId', service: 'input.serviceId' },
  },
  'query.privateNetworks': { access: 'read', at: { environment: 'environmentId' } },
  'query.volumeInstance': { access: 'read', at: { volumeInstance: 'id' } },
  ...each(
    { access: 'read', touches: backup, at: { volumeInstance: 'volumeInstanceId' } },
    'query.volumeInstanceBackupList query.volumeInstanceBackupScheduleList',
  ),

  // Secrets
  'query.variables': {
    access: 'secret',
    at: { environment: 'environmentId', project: 'projectId' },
    also: { service: 'serviceId' },
  },
  'query.variablesForServiceDeployment': { access: 'secret', at: { ...here, project: 'projectId' } },
  ...each(
    { access: 'secret', at: { deployment: 'deploymentId' } },
    'query.buildLogs query.deploymentLogs query.httpLogs query.deploymentSnapshot',
  ),
  ...each(
    { access: 'secret', at: { environment: 'environmentId' }, also: { service: 'serviceId' } },
    'query.dnsQueryLogs query.networkFlowLogs',
  ),
  'query.environmentLogs': { access: 'secret', at: { environment: 'environmentId' } },
  ...each({ access: 'secret', closed: 'unresolvable' }, 'query.bucketS3Credentials query.pluginLogs'),

  // Of the account
  ...each(
    { access: 'read', closed: 'outside_environments' },
    'query.me query.projects query.workspace query.apiTokens query.apiToken query.auditLogs query.sessions',
  ),
  ...each({ access: 'read', at: {} }, 'query.regions query.platformStatus'),
}
