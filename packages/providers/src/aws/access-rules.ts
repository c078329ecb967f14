import type { CATALOGUE } from './catalogue.gen.ts'

/**
 * What AWS's own levels do not say. AWS calls deleting a table and writing an item both `write`, and reading a secret
 * `read`. Looked at one by one; a write that is named nowhere here is `admin`.
 */
interface Rules {
  readonly write?: string
  /** Besides every action whose verb says it: what shortens the life of data. */
  readonly delete?: string
  readonly execute?: string
  readonly secret?: string
}

export const RULES: Record<keyof typeof CATALOGUE, Rules> = {
  backup: {
    write: 'StartBackupJob',
    delete:
      'DisassociateRecoveryPoint DisassociateRecoveryPointFromParent PutBackupVaultLockConfiguration UpdateBackupPlan UpdateRecoveryPointLifecycle',
  },
  cloudwatch: { write: 'PutDashboard PutMetricData' },
  dynamodb: {
    write: 'BatchWriteItem PartiQLInsert PartiQLUpdate PutItem UpdateItem',
    delete: 'BatchWriteItem PartiQLDelete UpdateContinuousBackups UpdateTimeToLive',
  },
  ec2: {
    write:
      'CopySnapshot CreateImage CreateSnapshot CreateSnapshots MonitorInstances RebootInstances StartInstances UnmonitorInstances',
    delete: 'CreateReplaceRootVolumeTask DeregisterImage UnlockSnapshot',
    execute:
      'CreateFleet CreateLaunchTemplate CreateLaunchTemplateVersion ModifyFleet ModifyInstanceAttribute ModifySpotFleetRequest RequestSpotFleet RequestSpotInstances RunInstances RunScheduledInstances',
    secret:
      'CreateKeyPair DescribeInstanceAttribute DescribeLaunchTemplateVersions DescribeSpotFleetRequests DescribeSpotInstanceRequests DescribeVpnConnections ExportClientVpnClientConfiguration GetConsoleOutput GetConsoleScreenshot GetInstanceUefiData GetLaunchTemplateData GetPasswordData GetVpnConnectionDeviceSampleConfiguration',
  },
  ecr: {
    write: 'CompleteLayerUpload InitiateLayerUpload PutImage StartImageScan UploadLayerPart',
    delete: 'PutLifecyclePolicy',
    // Its answer is a registry password that outlives the session.
    secret: 'GetAuthorizationToken',
  },
  kms: {
    write: 'Encrypt GenerateDataKey GenerateDataKeyWithoutPlaintext GenerateRandom Verify VerifyMac',
    delete: 'DisableKey ScheduleKeyDeletion',
    secret: 'Decrypt DeriveSharedSecret ReEncryptFrom',
  },
  lambda: {
    write: 'PublishVersion',
    execute:
      'ConnectMicrovm CreateEventSourceMapping CreateFunction CreateMicrovmShellAuthToken InvokeAsync InvokeFunction InvokeFunctionUrl PublishLayerVersion ResumeMicrovm RunMicrovm UpdateAlias UpdateEventSourceMapping UpdateFunctionCode UpdateFunctionConfiguration',
    // Their answers carry the environment variables of functions.
    secret:
      'CreateMicrovmAuthToken GetFunction GetFunctionConfiguration ListFunctions ListVersionsByFunction',
  },
  logs: {
    write: 'CreateLogGroup CreateLogStream PutLogEvents PutQueryDefinition',
    delete: 'PutRetentionPolicy',
    secret: 'Unmask',
  },
  rds: {
    write:
      'CreateDBClusterSnapshot CreateDBSnapshot RebootDBCluster RebootDBInstance StartDBCluster StartDBInstance',
    delete: 'BacktrackDBCluster ModifyDBCluster ModifyDBInstance StopDBInstanceAutomatedBackupsReplication',
  },
  s3: {
    write: 'AbortMultipartUpload PutObject PutObjectAnnotation RestoreObject',
    delete:
      'BypassGovernanceRetention CreateJob PutBucketObjectLockConfiguration PutBucketVersioning PutLifecycleConfiguration PutObjectLegalHold PutObjectRetention ReplicateDelete UpdateObjectEncryption',
    execute: 'CreateJob',
    // Its answer is a credential.
    secret: 'GetDataAccess',
  },
  secretsmanager: { secret: 'BatchGetSecretValue GetSecretValue' },
  sns: { write: 'Publish' },
  sqs: { write: 'ChangeMessageVisibility SendMessage' },
  ssm: {
    write: 'CancelCommand CreateOpsItem LabelParameterVersion PutParameter UpdateOpsItem',
    execute:
      'CreateAssociation CreateAssociationBatch CreateDocument ExecuteAPI RegisterTaskWithMaintenanceWindow ResumeSession SendAutomationSignal SendCommand StartAssociationsOnce StartAutomationExecution StartChangeRequestExecution StartSession UpdateAssociation UpdateDocument UpdateDocumentDefaultVersion UpdateMaintenanceWindowTask',
    secret:
      'GetAccessToken GetParameter GetParameterHistory GetParameters GetParametersByPath RequestManagedInstanceRoleToken',
  },
}
