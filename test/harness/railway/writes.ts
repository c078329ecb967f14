import { randomUUID } from 'node:crypto'
import { GraphQLError } from 'graphql'
import { objectsOf } from './reads.ts'
import type { Session } from './session.ts'
import type { Config } from './state.ts'

type Id = { readonly id: string }
type InstanceId = { readonly volumeInstanceId: string }
type BackupId = InstanceId & { readonly volumeInstanceBackupId: string }
type EnvironmentId = { readonly environmentId: string }
type VariableInput = {
  readonly environmentId: string
  readonly serviceId?: string
  readonly name: string
  readonly value: string
}

/** The mutations that this vendor does. What goes is gone: backups die with their volume. */
export function mutationsOf(session: Session, now: () => Date): Record<string, (given: never) => unknown> {
  const { state } = session

  const dropInstances = (keep: (instance: (typeof state.volumeInstances)[number]) => boolean) => {
    state.volumeInstances = state.volumeInstances.filter(keep)
    const left = new Set(state.volumeInstances.map(({ id }) => id))
    state.backups = state.backups.filter(({ volumeInstanceId }) => left.has(volumeInstanceId))
    const held = new Set(state.volumeInstances.map(({ volumeId }) => volumeId))
    state.volumes = state.volumes.filter(({ id }) => held.has(id))
  }
  const dropEnvironment = (id: string) => {
    dropInstances((each) => each.environmentId !== id)
    state.environments = state.environments.filter((each) => each.id !== id)
    state.variables = state.variables.filter((each) => each.environmentId !== id)
    state.deployments = state.deployments.filter((each) => each.environmentId !== id)
  }
  const dropService = (id: string, environmentId: string | undefined) => {
    const here = (each: { readonly environmentId: string }) =>
      environmentId === undefined || each.environmentId === environmentId
    dropInstances((each) => each.serviceId !== id || !here(each))
    state.deployments = state.deployments.filter((each) => each.serviceId !== id || !here(each))
  }
  const dropProject = ({ id }: Id) => {
    session.project(id)
    for (const each of state.environments.filter(({ projectId }) => projectId === id))
      dropEnvironment(each.id)
    state.projects = state.projects.filter((each) => each.id !== id)
    return true
  }
  const setVariable = ({ environmentId, serviceId, name, value }: VariableInput) => {
    session.environment(environmentId)
    const known = state.variables.find(
      (each) =>
        each.environmentId === environmentId && each.serviceId === (serviceId ?? null) && each.name === name,
    )
    if (known) known.value = value
    else state.variables.push({ environmentId, serviceId: serviceId ?? null, name, value })
    return true
  }
  const dropVariable = ({ environmentId, serviceId, name }: Omit<VariableInput, 'value'>) => {
    session.environment(environmentId)
    state.variables = state.variables.filter(
      (each) =>
        each.environmentId !== environmentId || each.serviceId !== (serviceId ?? null) || each.name !== name,
    )
    return true
  }
  const setAll = (
    environmentId: string,
    serviceId: string | undefined,
    values: Config['sharedVariables'] = {},
  ) => {
    for (const [name, variable] of Object.entries(values)) {
      const at = { environmentId, name, ...(serviceId !== undefined && { serviceId }) }
      if (variable === null) dropVariable(at)
      else setVariable({ ...at, value: variable.value ?? '' })
    }
  }
  const commit = (environmentId: string, config: Config) => {
    setAll(environmentId, undefined, config.sharedVariables)
    for (const [id, { variables }] of Object.entries(config.services ?? {}))
      setAll(environmentId, id, variables)
    for (const [id, { isDeleted }] of Object.entries(config.volumes ?? {}))
      if (isDeleted) dropInstances((each) => each.volumeId !== id)
    for (const [id, { isDeleted }] of Object.entries(config.services ?? {}))
      if (isDeleted) dropService(id, environmentId)
    return randomUUID()
  }
  const patchOf = (environmentId: string) => ({
    id: randomUUID(),
    environmentId,
    createdAt: now().toISOString(),
    updatedAt: now().toISOString(),
    patch: state.staged[environmentId] ?? {},
    status: 'STAGED',
  })

  return {
    volumeDelete: ({ volumeId }: { volumeId: string }) => {
      session.volume(volumeId)
      dropInstances((each) => each.volumeId !== volumeId)
      return true
    },
    volumeInstanceUpdate: ({
      volumeId,
      environmentId,
      input,
    }: { volumeId: string } & {
      environmentId?: string
      input: { mountPath?: string; serviceId?: string }
    }) => {
      session.volume(volumeId)
      for (const each of state.volumeInstances.filter((one) => one.volumeId === volumeId))
        if (environmentId === undefined || each.environmentId === environmentId) {
          each.mountPath = input.mountPath ?? each.mountPath
          each.serviceId = input.serviceId ?? null
        }
      return true
    },
    volumeInstanceBackupCreate: ({ volumeInstanceId }: InstanceId) => {
      session.instance(volumeInstanceId)
      const createdAt = now().toISOString()
      state.backups.push({ id: randomUUID(), name: 'by hand', createdAt, volumeInstanceId, expiresAt: null })
      return { workflowId: randomUUID() }
    },
    volumeInstanceBackupDelete: ({ volumeInstanceId, volumeInstanceBackupId }: BackupId) => {
      session.backup(volumeInstanceId, volumeInstanceBackupId)
      state.backups = state.backups.filter(({ id }) => id !== volumeInstanceBackupId)
      return { workflowId: randomUUID() }
    },
    volumeInstanceBackupRestore: ({ volumeInstanceId, volumeInstanceBackupId }: BackupId) => {
      const { createdAt } = session.backup(volumeInstanceId, volumeInstanceBackupId)
      state.backups = state.backups.filter(
        (each) => each.volumeInstanceId !== volumeInstanceId || each.createdAt <= createdAt,
      )
      return { workflowId: randomUUID() }
    },
    volumeInstanceBackupLock: ({ volumeInstanceId, volumeInstanceBackupId }: BackupId) => {
      session.backup(volumeInstanceId, volumeInstanceBackupId).expiresAt = null
      return true
    },
    environmentDelete: ({ id }: Id) => {
      session.environment(id)
      dropEnvironment(id)
      return true
    },
    projectDelete: dropProject,
    projectScheduleDeleteForce: dropProject,
    serviceDelete: ({ id, environmentId }: Id & Partial<EnvironmentId>) => {
      session.service(id)
      dropService(id, environmentId)
      return true
    },
    environmentPatchCommit: ({ environmentId, patch = {} }: EnvironmentId & { patch?: Config }) => {
      session.environment(environmentId)
      return commit(environmentId, patch)
    },
    environmentStageChanges: ({ environmentId, input }: EnvironmentId & { input: Config }) => {
      session.environment(environmentId)
      state.staged[environmentId] = input
      return patchOf(environmentId)
    },
    environmentPatchCommitStaged: ({ environmentId }: EnvironmentId) => {
      session.environment(environmentId)
      const staged = state.staged[environmentId] ?? {}
      delete state.staged[environmentId]
      return commit(environmentId, staged)
    },
    environmentCreate: ({ input }: { input: { name: string; projectId: string } }) => {
      session.project(input.projectId)
      const made = { id: randomUUID(), ...input }
      state.environments.push(made)
      return objectsOf(session).environment(made)
    },
    variableUpsert: ({ input }: { input: VariableInput }) => setVariable(input),
    variableCollectionUpsert: ({
      input,
    }: {
      input: { environmentId: string; serviceId?: string; variables: Record<string, string> }
    }) => {
      for (const [name, value] of Object.entries(input.variables)) setVariable({ ...input, name, value })
      return true
    },
    variableDelete: ({ input }: { input: Omit<VariableInput, 'value'> }) => dropVariable(input),
    deploymentRestart: ({ id }: Id) => Boolean(session.deployment(id)),
    deploymentStop: ({ id }: Id) => {
      session.deployment(id).deploymentStopped = true
      return true
    },
    deploymentRemove: ({ id }: Id) => {
      session.deployment(id).status = 'REMOVED'
      return true
    },
    serviceInstanceRedeploy: ({ environmentId }: EnvironmentId) =>
      Boolean(session.environment(environmentId)),
    customDomainCreate: ({
      input,
    }: {
      input: EnvironmentId & { domain: string; projectId: string; serviceId: string }
    }) => {
      session.environment(input.environmentId)
      const made = { id: randomUUID(), ...input }
      state.domains.push(made)
      return { ...made, isRailwayDomain: false, syncStatus: 'ACTIVE' }
    },
    projectTokenCreate: ({ input }: { input: EnvironmentId & { name: string; projectId: string } }) => {
      session.person()
      session.environment(input.environmentId)
      const { name, ...at } = input
      const secret = randomUUID()
      state.tokens.push({ secret, name, type: 'project', workspaces: [], at: { id: randomUUID(), ...at } })
      return secret
    },
    projectTokenDelete: ({ id }: Id) => {
      session.person()
      session.project(state.tokens.find(({ at }) => at?.id === id)?.at?.projectId ?? '')
      state.tokens = state.tokens.filter(({ at }) => at?.id !== id)
      return true
    },
    apiTokenCreate: ({ input }: { input: { name: string } }) => {
      const { workspaces } = session.person()
      const secret = randomUUID()
      state.tokens.push({ secret, name: input.name, type: 'account', workspaces })
      return secret
    },
  }
}

export const unknownToUs = () => new GraphQLError('Problem processing request')
