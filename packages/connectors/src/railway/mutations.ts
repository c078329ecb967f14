import { type Catalogue, each } from './entry.ts'

const both = ['primary', 'backup'] as const
const backup = ['backup'] as const
const target = { environment: 'input.environmentId', service: 'input.serviceId' } as const
const here = { environment: 'environmentId', service: 'serviceId' } as const

/**
 * The mutations that somebody has looked at, with the worst that each can do. What the vendor's documentation leaves open is
 * taken for the worse. A mutation that is not here is unclassified, which means denied.
 *
 * @see https://docs.railway.com/reference/public-api
 */
export const MUTATIONS: Catalogue = {
  // Destroys data, or cannot be undone
  volumeDelete: { access: 'delete', erases: both, whole: 'named', at: { volume: 'volumeId' } },
  volumeInstanceBackupDelete: {
    access: 'delete',
    touches: backup,
    erases: backup,
    at: { volumeInstance: 'volumeInstanceId', backup: 'volumeInstanceBackupId' },
  },
  // Restoring removes the newer backups.
  volumeInstanceBackupRestore: {
    access: 'delete',
    erases: both,
    at: { volumeInstance: 'volumeInstanceId', backup: 'volumeInstanceBackupId' },
  },
  // An empty list stops the backups.
  volumeInstanceBackupScheduleUpdate: {
    access: 'delete',
    touches: backup,
    erases: backup,
    at: { volumeInstance: 'volumeInstanceId' },
  },
  volumeInstanceUpdate: {
    access: 'delete',
    erases: both,
    at: { environment: 'environmentId', volumeHere: 'volumeId' },
    also: { service: 'input.serviceId' },
  },
  disablePitrForHaCluster: {
    access: 'delete',
    touches: backup,
    erases: backup,
    at: { environment: 'input.environmentId', project: 'input.projectId', service: 'input.rootServiceId' },
  },
  environmentDelete: { access: 'delete', erases: both, whole: 'all', at: { environment: 'id' } },
  ...each(
    { access: 'delete', erases: both, whole: 'all', at: { project: 'id' } },
    'projectDelete projectScheduleDelete projectScheduleDeleteForce',
  ),
  serviceDelete: {
    access: 'delete',
    erases: both,
    whole: 'service',
    at: { environment: 'environmentId', service: 'id' },
  },
  variableDelete: {
    access: 'delete',
    erases: ['primary'],
    at: { environment: 'input.environmentId', project: 'input.projectId' },
    also: { service: 'input.serviceId' },
  },
  // Overwrites what nobody gets back; with `replace`, what is not named goes too. A variable can be a command of the build.
  ...each(
    {
      access: ['delete', 'execute'],
      erases: ['primary'],
      at: { environment: 'input.environmentId', project: 'input.projectId' },
      also: { service: 'input.serviceId' },
    },
    'variableUpsert variableCollectionUpsert',
  ),
  ...each(
    { access: 'delete', closed: 'unresolvable' },
    `bucketCredentialsReset pluginDelete pluginReset sandboxDestroy sandboxCheckpointDelete cloudAgentDelete
     templateRevert serviceDomainDelete tcpProxyDelete privateNetworkEndpointDelete`,
  ),
  ...each(
    { access: 'delete', closed: 'outside_environments' },
    'workspaceDelete userDelete signalDelete signalReplace templateDelete',
  ),

  // Configuration in one piece: what is in it says what it does
  environmentPatchCommit: { access: 'write', at: { environment: 'environmentId' }, needs: ['patch'] },
  environmentStageChanges: { access: 'write', at: { environment: 'environmentId' } },
  // Whatever was staged, by whomever.
  environmentPatchCommitStaged: { access: 'admin', erases: both, at: { environment: 'environmentId' } },
  serviceInstanceUpdate: { access: 'execute', at: here },
  ...each(
    { access: 'admin', closed: 'opaque_input' },
    `environmentApplyChangeSet environmentPreviewChangeSet templateDeploy templateDeployV2 dockerComposeImport
     sandboxTemplateBuild integrationCreate integrationUpdate updateServiceEdgeRules`,
  ),

  // Privilege or persistence
  ...each({ access: 'admin', closed: 'answers_credential' }, 'projectTokenCreate'),
  ...each({ access: 'admin', at: { project: 'id' } }, 'projectInvitationCreate projectInviteUser'),
  ...each({ access: 'admin', at: { project: 'input.projectId' } }, 'projectMemberAdd projectMemberUpdate'),
  ...each({ access: 'admin', closed: 'unresolvable' }, 'generateShellToken'),
  ...each(
    { access: 'admin', closed: 'outside_environments' },
    `apiTokenCreate sshPublicKeyCreate sshSignupApprove loginSessionAuth loginSessionCancel loginSessionConsume
     loginSessionCreate loginSessionVerify workspaceInviteCodeCreate workspaceUserInvite workspacePermissionChange
     projectTransfer projectTransferConfirm projectTransferInitiate projectTransferToTeam trustedDomainCreate
     trustedDomainDelete trustedDomainRetriggerVerification trustedDomainUpdate twoFactorInfoCreate twoFactorInfoDelete
     twoFactorInfoSecret twoFactorInfoValidate recoveryCodeGenerate emailChangeConfirm emailChangeInitiate
     workspaceTwoFactorEnforcementUpdate workspacePolicyDeploySourceAllowlistAdd
     workspacePolicyDeploySourceAllowlistRemove workspacePolicyItemUpdate providerAuthRemove passkeyDelete
     railwayDomainDnsRecordCreate railwayDomainDnsRecordDelete railwayDomainDnsRecordUpdate railwayDomainNameserversSet
     railwayDomainUpdate usageLimitRemove`,
  ),

  // Who can reach it
  tcpProxyCreate: { access: 'admin', at: target },
  customDomainCreate: { access: 'admin', at: { ...target, project: 'input.projectId' } },
  customDomainUpdate: { access: 'admin', at: { environment: 'environmentId', domain: 'id' } },
  // A name that is given up can be taken by somebody else.
  customDomainDelete: { access: 'delete', at: { domain: 'id' } },
  customDomainIssueCertificate: { access: 'write', at: { domain: 'id' } },

  // Runs code, or carries data out
  serviceConnect: { access: 'execute', at: { service: 'id' } },
  githubRepoDeploy: {
    access: 'execute',
    at: { environment: 'input.environmentId', project: 'input.projectId' },
  },
  // Any earlier code comes back, with the holes that it had.
  ...each({ access: 'execute', at: { deployment: 'id' } }, 'deploymentRollback deploymentRedeploy'),
  ...each({ access: 'execute', closed: 'unresolvable' }, 'sandboxExec deploymentInstanceExecutionCreate'),
  ...each({ access: 'execute', closed: 'outside_environments' }, 'webhookTest'),
  ...each({ access: 'execute', closed: 'opaque_input' }, 'notificationRuleCreate'),

  // Availability
  deploymentRemove: { access: 'delete', at: { deployment: 'id' } },
  ...each({ access: 'write', at: { deployment: 'id' } }, 'deploymentStop deploymentCancel deploymentRestart'),
  privateNetworksForEnvironmentDelete: { access: 'delete', at: { environment: 'environmentId' } },
  // Addresses that others have let in, and that do not come back.
  ...each(
    { access: 'delete', at: target },
    'egressGatewayAssociationsClear egressGatewayRollbackFromHA egressGatewayUpgradeToHA',
  ),
  ...each(
    { access: 'write', at: target },
    'egressGatewayAssociationCreate egressGatewayHAMigrationPreview setServiceUnderAttackMode',
  ),

  // What a deploying agent needs, and backups, which only ever help
  serviceInstanceRedeploy: { access: 'write', at: here },
  // What the connected branch holds; a commit that the caller names can be anybody's.
  serviceInstanceDeployV2: { access: 'write', raised: { commitSha: 'execute' }, at: here },
  volumeInstanceBackupCreate: {
    access: 'write',
    touches: backup,
    at: { volumeInstance: 'volumeInstanceId' },
  },
  volumeInstanceBackupLock: {
    access: 'write',
    touches: backup,
    at: { volumeInstance: 'volumeInstanceId', backup: 'volumeInstanceBackupId' },
  },
}
