// Generated from the vendor’s schema by packages/connectors/scripts/railway-pin.ts. Do not edit.
export const SDL = `
type Query {
  environment(id: String!, projectId: String): Environment!
  environmentStagedChanges(environmentId: String!): EnvironmentPatch!
  project(id: String!): Project!
  service(id: String!): Service!
  serviceInstance(environmentId: String!, serviceId: String!): ServiceInstance!
  serviceInstanceLimits(environmentId: String!, serviceId: String!): ServiceInstanceLimit!
  tcpProxies(environmentId: String!, serviceId: String!): [TCPProxy!]!
  domains(environmentId: String!, projectId: String!, serviceId: String!): AllDomains!
  deployment(id: String!): Deployment!
  deployments(after: String, before: String, first: Int, input: DeploymentListInput!, last: Int): QueryDeploymentsConnection!
  privateNetworks(environmentId: String!): [PrivateNetwork!]!
  volumeInstance(id: String!): VolumeInstance!
  volumeInstanceBackupList(volumeInstanceId: String!): [VolumeInstanceBackup!]!
  volumeInstanceBackupScheduleList(volumeInstanceId: String!): [VolumeInstanceBackupSchedule!]!
  variables(environmentId: String!, projectId: String!, serviceId: String, unrendered: Boolean): EnvironmentVariables!
  variablesForServiceDeployment(environmentId: String!, projectId: String!, serviceId: String!): EnvironmentVariables!
  buildLogs(deploymentId: String!, endDate: DateTime, filter: String, limit: Int, startDate: DateTime): [Log!]!
  deploymentLogs(deploymentId: String!, endDate: DateTime, filter: String, limit: Int, startDate: DateTime): [Log!]!
  httpLogs(afterDate: String, afterLimit: Int, anchorDate: String, beforeDate: String, beforeLimit: Int, deploymentId: String!, filter: String, limit: Int): [HttpLog!]!
  deploymentSnapshot(deploymentId: String!): DeploymentSnapshot
  dnsQueryLogs(afterDate: String, afterLimit: Int, anchorDate: String, beforeDate: String, beforeLimit: Int, environmentId: String!, filter: String, serviceId: String): [DnsQueryLog!]!
  networkFlowLogs(afterDate: String, afterLimit: Int, anchorDate: String, beforeDate: String, beforeLimit: Int, environmentId: String!, filter: String, serviceId: String): [NetworkFlowLog!]!
  environmentLogs(afterDate: String, afterLimit: Int, anchorDate: String, beforeDate: String, beforeLimit: Int, environmentId: String!, filter: String): [Log!]!
  regions: [Region!]!
  platformStatus: PlatformStatus!
}

type Mutation {
  volumeDelete(volumeId: String!): Boolean!
  volumeInstanceBackupDelete(volumeInstanceBackupId: String!, volumeInstanceId: String!): WorkflowId!
  volumeInstanceBackupRestore(volumeInstanceBackupId: String!, volumeInstanceId: String!): WorkflowId!
  volumeInstanceBackupScheduleUpdate(kinds: [VolumeInstanceBackupScheduleKind!]!, volumeInstanceId: String!): Boolean!
  volumeInstanceUpdate(environmentId: String, input: VolumeInstanceUpdateInput!, volumeId: String!): Boolean!
  disablePitrForHaCluster(input: DisablePitrForHaClusterInput!): TemplateDeployPayload!
  environmentDelete(id: String!): Boolean!
  projectDelete(id: String!): Boolean!
  projectScheduleDelete(id: String!): Boolean!
  projectScheduleDeleteForce(id: String!): Boolean!
  serviceDelete(environmentId: String, id: String!): Boolean!
  variableDelete(input: VariableDeleteInput!): Boolean!
  variableUpsert(input: VariableUpsertInput!): Boolean!
  variableCollectionUpsert(input: VariableCollectionUpsertInput!): Boolean!
  environmentPatchCommit(commitMessage: String, environmentId: String!, patch: EnvironmentConfig): String!
  environmentStageChanges(environmentId: String!, input: EnvironmentConfig!, merge: Boolean): EnvironmentPatch!
  environmentPatchCommitStaged(commitMessage: String, environmentId: String!, skipDeploys: Boolean): String!
  serviceInstanceUpdate(environmentId: String, input: ServiceInstanceUpdateInput!, serviceId: String!): Boolean!
  projectInvitationCreate(id: String!, input: ProjectInvitee!): ProjectInvitation!
  projectInviteUser(id: String!, input: ProjectInviteUserInput!): Boolean!
  projectMemberAdd(input: ProjectMemberAddInput!): ProjectMember!
  projectMemberUpdate(input: ProjectMemberUpdateInput!): ProjectMember!
  tcpProxyCreate(input: TCPProxyCreateInput!): TCPProxy!
  customDomainCreate(input: CustomDomainCreateInput!): CustomDomain!
  customDomainUpdate(environmentId: String!, id: String!, targetPort: Int): Boolean!
  customDomainDelete(id: String!): Boolean!
  customDomainIssueCertificate(id: String!): Boolean!
  serviceConnect(id: String!, input: ServiceConnectInput!): Service!
  githubRepoDeploy(input: GitHubRepoDeployInput!): String!
  deploymentRollback(id: String!): Boolean!
  deploymentRedeploy(id: String!, usePreviousImageTag: Boolean): Deployment!
  deploymentRemove(id: String!): Boolean!
  deploymentStop(id: String!): Boolean!
  deploymentCancel(id: String!): Boolean!
  deploymentRestart(id: String!): Boolean!
  privateNetworksForEnvironmentDelete(environmentId: String!): Boolean!
  egressGatewayAssociationsClear(input: EgressGatewayServiceTargetInput!): Boolean!
  egressGatewayRollbackFromHA(input: EgressGatewayServiceTargetInput!): [EgressGateway!]!
  egressGatewayUpgradeToHA(input: EgressGatewayServiceTargetInput!): [EgressGateway!]!
  egressGatewayAssociationCreate(input: EgressGatewayCreateInput!): [EgressGateway!]!
  egressGatewayHAMigrationPreview(input: EgressGatewayServiceTargetInput!): EgressMigrationResult!
  setServiceUnderAttackMode(input: SetServiceUnderAttackModeInput!): EdgeConfig!
  serviceInstanceRedeploy(environmentId: String!, serviceId: String!): Boolean!
  serviceInstanceDeployV2(commitSha: String, environmentId: String!, serviceId: String!): String!
  volumeInstanceBackupCreate(name: String, volumeInstanceId: String!): WorkflowId!
  volumeInstanceBackupLock(volumeInstanceBackupId: String!, volumeInstanceId: String!): Boolean!
}

enum ActiveProjectFeatureFlag { PLACEHOLDER }

enum ActiveServiceFeatureFlag { COPY_VOLUME_TO_ENVIRONMENT ENABLE_DOCKER_EXTENSION PLACEHOLDER SKIPPED_BUILDS USE_EXPRESS_DEPLOY USE_EXPRESS_PACKSTORE USE_VM_RUNTIME }

type AllDomains {
  customDomains: [CustomDomain!]!
  serviceDomains: [ServiceDomain!]!
}

scalar BigInt

enum Builder { HEROKU NIXPACKS PAKETO RAILPACK }

type CustomDomain {
  cdnMode: String
  createdAt: DateTime
  deletedAt: DateTime
  domain: String!
  edgeId: String
  environmentId: String!
  id: ID!
  isRailwayDomain: Boolean!
  projectId: String
  serviceId: String!
  syncStatus: CustomDomainSyncStatus!
  targetPort: Int
  updatedAt: DateTime
}

input CustomDomainCreateInput {
  domain: String!
  environmentId: String!
  projectId: String!
  serviceId: String!
  targetPort: Int
}

enum CustomDomainSyncStatus { ACTIVE CREATING DELETED DELETING UNSPECIFIED UPDATING }

scalar DateTime

type Deployment {
  canRedeploy: Boolean!
  canRollback: Boolean!
  createdAt: DateTime!
  deploymentStopped: Boolean!
  environmentId: String!
  id: ID!
  projectId: String!
  serviceId: String
  snapshotId: String
  staticUrl: String
  status: DeploymentStatus!
  statusUpdatedAt: DateTime
  suggestAddServiceDomain: Boolean!
  updatedAt: DateTime!
  url: String
}

input DeploymentListInput {
  environmentId: String
  projectId: String
  serviceId: String
  status: DeploymentStatusInput
}

type DeploymentSnapshot {
  createdAt: DateTime!
  id: ID!
  updatedAt: DateTime!
  variables: EnvironmentVariables!
}

enum DeploymentStatus { BUILDING CRASHED DEPLOYING FAILED INITIALIZING NEEDS_APPROVAL QUEUED REMOVED REMOVING SKIPPED SLEEPING SUCCESS WAITING }

input DeploymentStatusInput {
  in: [DeploymentStatus!]
  notIn: [DeploymentStatus!]
}

input DisablePitrForHaClusterInput {
  environmentId: String!
  projectId: String!
  rootServiceId: String!
}

type DnsQueryLog {
  answers: [String!]!
  cnameChain: [String!]!
  deploymentId: String!
  deploymentInstanceId: String!
  qname: String!
  qtype: String!
  queriedAt: String!
  queryZone: DnsQueryZone!
  rcode: String!
  serviceId: String!
}

enum DnsQueryZone { external internal }

type EdgeConfig {
  enabled: Boolean!
  id: String!
  purgeEpoch: Int!
  underAttackModeUntil: Int
}

type EgressGateway {
  ipv4: String!
  region: String!
  zone: String
}

input EgressGatewayCreateInput {
  environmentId: String!
  region: String
  serviceId: String!
}

input EgressGatewayServiceTargetInput {
  environmentId: String!
  serviceId: String!
}

type EgressMigrationResult {
  ips: [EgressGateway!]!
}

type Environment {
  canAccess: Boolean!
  config: EnvironmentConfig!
  configEtag: String!
  createdAt: DateTime!
  deletedAt: DateTime
  id: ID!
  isEphemeral: Boolean!
  name: String!
  projectId: String!
  unmergedChangesCount: Int
  updatedAt: DateTime!
}

scalar EnvironmentConfig

type EnvironmentPatch {
  appliedAt: DateTime
  createdAt: DateTime!
  environmentId: String!
  id: ID!
  lastAppliedError: String
  message: String
  patch: EnvironmentConfig!
  status: EnvironmentPatchStatus!
  updatedAt: DateTime!
}

enum EnvironmentPatchStatus { APPLYING COMMITTED STAGED }

scalar EnvironmentVariables

input GitHubRepoDeployInput {
  branch: String
  environmentId: String
  projectId: String!
  repo: String!
}

type HttpLog {
  clientUa: String!
  deploymentId: String!
  deploymentInstanceId: String!
  downstreamProto: String!
  edgeRegion: String!
  host: String!
  httpStatus: Int!
  method: String!
  path: String!
  requestId: String!
  responseDetails: String!
  rxBytes: Int!
  srcIp: String!
  timestamp: String!
  totalDuration: Int!
  txBytes: Int!
  upstreamAddress: String!
  upstreamErrors: String!
  upstreamProto: String!
  upstreamRqDuration: Int!
}

type Log {
  attributes: [LogAttribute!]!
  message: String!
  severity: String
  timestamp: String!
}

type LogAttribute {
  key: String!
  value: String!
}

enum NetworkFlowDirection { egress ingress }

enum NetworkFlowL4Protocol { icmp icmpv6 tcp udp unknown }

type NetworkFlowLog {
  byteCount: Int!
  captureEnd: String!
  captureStart: String!
  deploymentId: String!
  deploymentInstanceId: String!
  direction: NetworkFlowDirection!
  dropCause: String
  dstAddr: String!
  dstPort: Int!
  flowId: String!
  flowState: NetworkFlowState!
  l4LatencyMs: Float!
  l4Protocol: NetworkFlowL4Protocol!
  packetCount: Int!
  peerKind: NetworkFlowPeerKind!
  peerServiceId: String
  serviceId: String!
  srcAddr: String!
  srcPort: Int!
}

enum NetworkFlowPeerKind { edge_proxy internet local_dns service unknown }

enum NetworkFlowState { complete partial }

type PageInfo {
  endCursor: String
  hasNextPage: Boolean!
  hasPreviousPage: Boolean!
  startCursor: String
}

type PlatformStatus {
  isStable: Boolean!
}

type PrivateNetwork {
  createdAt: DateTime
  deletedAt: DateTime
  dnsName: String!
  environmentId: String!
  name: String!
  networkId: BigInt!
  projectId: String!
  publicId: String!
  tags: [String!]!
}

type Project {
  baseEnvironmentId: String
  botPrEnvironments: Boolean!
  createdAt: DateTime!
  deletedAt: DateTime
  description: String
  expiredAt: DateTime
  featureFlags: [ActiveProjectFeatureFlag!]!
  focusedPrEnvironments: Boolean!
  id: ID!
  isPublic: Boolean!
  isTempProject: Boolean!
  name: String!
  prDeploys: Boolean!
  primaryEnvironmentId: String
  subscriptionType: SubscriptionPlanType!
  teamId: String
  updatedAt: DateTime!
  workspaceId: String
}

type ProjectInvitation {
  email: String!
  expiresAt: DateTime!
  id: ID!
  isExpired: Boolean!
}

input ProjectInviteUserInput {
  email: String!
  link: String!
}

input ProjectInvitee {
  email: String!
  role: ProjectRole!
}

type ProjectMember {
  avatar: String
  email: String!
  id: String!
  name: String
  role: ProjectRole!
}

input ProjectMemberAddInput {
  projectId: String!
  role: ProjectRole!
  userId: String!
}

input ProjectMemberUpdateInput {
  projectId: String!
  role: ProjectRole!
  userId: String!
}

enum ProjectRole { ADMIN MEMBER VIEWER }

type QueryDeploymentsConnection {
  edges: [QueryDeploymentsConnectionEdge!]!
  pageInfo: PageInfo!
}

type QueryDeploymentsConnectionEdge {
  cursor: String!
  node: Deployment!
}

type Region {
  country: String!
  id: String
  location: String!
  name: String!
  region: String
  workspaceId: String
}

input RegistryCredentialsInput {
  password: String!
  username: String!
}

enum RestartPolicyType { ALWAYS NEVER ON_FAILURE }

type Service {
  createdAt: DateTime!
  deletedAt: DateTime
  featureFlags: [ActiveServiceFeatureFlag!]!
  groupId: String
  hasHiddenRegistryCredentialsFromTemplate: Boolean!
  icon: String
  id: ID!
  isRestricted: Boolean!
  name: String!
  projectId: String!
  templateId: String
  templateServiceId: String
  templateThreadSlug: String
  updatedAt: DateTime!
}

input ServiceConnectInput {
  branch: String
  image: String
  repo: String
}

type ServiceDomain {
  cdnMode: String
  createdAt: DateTime
  deletedAt: DateTime
  domain: String!
  edgeId: String
  environmentId: String!
  id: ID!
  newDomainName: String
  newHostLabel: String
  projectId: String
  serviceId: String!
  suffix: String
  syncStatus: ServiceDomainSyncStatus!
  targetPort: Int
  updatedAt: DateTime
}

enum ServiceDomainSyncStatus { ACTIVE CREATING DELETED DELETING UNSPECIFIED UPDATING }

type ServiceInstance {
  buildCommand: String
  builder: Builder!
  createdAt: DateTime!
  cronSchedule: String
  deletedAt: DateTime
  dockerfilePath: String
  drainingSeconds: Int
  environmentId: String!
  healthcheckPath: String
  healthcheckTimeout: Int
  id: ID!
  ipv6EgressEnabled: Boolean
  isUpdatable: Boolean!
  nextCronRunAt: DateTime
  numReplicas: Int
  overlapSeconds: Int
  railwayConfigFile: String
  region: String
  restartPolicyMaxRetries: Int!
  restartPolicyType: RestartPolicyType!
  rootDirectory: String
  serviceId: String!
  serviceName: String!
  sleepApplication: Boolean
  startCommand: String
  updatedAt: DateTime!
  upstreamUrl: String
  watchPatterns: [String!]!
}

scalar ServiceInstanceLimit

input ServiceInstanceUpdateInput {
  buildCommand: String
  builder: Builder
  cronSchedule: String
  dockerfilePath: String
  drainingSeconds: Int
  healthcheckPath: String
  healthcheckTimeout: Int
  ipv6EgressEnabled: Boolean
  numReplicas: Int
  overlapSeconds: Int
  preDeployCommand: [String!]
  railwayConfigFile: String
  region: String
  registryCredentials: RegistryCredentialsInput
  restartPolicyMaxRetries: Int
  restartPolicyType: RestartPolicyType
  rootDirectory: String
  sleepApplication: Boolean
  source: ServiceSourceInput
  startCommand: String
  watchPatterns: [String!]
}

input ServiceSourceInput {
  image: String
  repo: String
}

input SetServiceUnderAttackModeInput {
  durationSeconds: Int
  enabled: Boolean!
  environmentId: String!
  serviceId: String!
}

enum SubscriptionPlanType { free hobby pro trial }

type TCPProxy {
  applicationPort: Int!
  createdAt: DateTime
  deletedAt: DateTime
  domain: String!
  environmentId: String!
  id: ID!
  proxyPort: Int!
  serviceId: String!
  syncStatus: TCPProxySyncStatus!
  updatedAt: DateTime
}

input TCPProxyCreateInput {
  applicationPort: Int!
  environmentId: String!
  serviceId: String!
}

enum TCPProxySyncStatus { ACTIVE CREATING DELETED DELETING UNSPECIFIED UPDATING }

type TemplateDeployPayload {
  projectId: String!
  workflowId: String
}

input VariableCollectionUpsertInput {
  environmentId: String!
  projectId: String!
  replace: Boolean
  serviceId: String
  skipDeploys: Boolean
  variables: EnvironmentVariables!
}

input VariableDeleteInput {
  environmentId: String!
  name: String!
  projectId: String!
  serviceId: String
}

input VariableUpsertInput {
  environmentId: String!
  name: String!
  projectId: String!
  serviceId: String
  skipDeploys: Boolean
  value: String!
}

type Volume {
  createdAt: DateTime!
  id: ID!
  name: String!
  projectId: String!
}

type VolumeInstance {
  createdAt: DateTime!
  currentSizeMB: Float!
  deletedAt: DateTime
  environmentId: String!
  externalId: String
  id: ID!
  isPendingDeletion: Boolean!
  mountPath: String!
  region: String
  serviceId: String
  sizeMB: Int!
  state: VolumeState
  volume: Volume!
  volumeId: String!
}

type VolumeInstanceBackup {
  createdAt: DateTime!
  creatorId: String
  expiresAt: DateTime
  externalId: String!
  id: String!
  name: String
  referencedMB: Int
  scheduleId: String
  usedMB: Int
  volumeInstanceSizeMB: Int
}

type VolumeInstanceBackupSchedule {
  createdAt: DateTime!
  cron: String!
  id: ID!
  kind: VolumeInstanceBackupScheduleKind!
  name: String!
  retentionSeconds: Int
}

enum VolumeInstanceBackupScheduleKind { DAILY MONTHLY WEEKLY }

input VolumeInstanceUpdateInput {
  mountPath: String
  serviceId: String
  state: VolumeState
}

enum VolumeState { DELETED DELETING ERROR MIGRATING MIGRATION_PENDING READY RESTORING UPDATING }

type WorkflowId {
  workflowId: String
}
`
