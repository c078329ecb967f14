import type { Access, Side } from '@credbroker/core/access'
import type { EnvironmentConfig } from './environment-config.ts'

interface ConfigEffect {
  readonly access: ReadonlySet<Access>
  readonly erases: ReadonlySet<Side>
}

/** What a configuration does when it is applied: it deletes, runs code and overwrites as named operations do. */
export function configEffect(config: EnvironmentConfig): ConfigEffect {
  const access = new Set<Access>(['write'])
  const erases = new Set<Side>()
  const remove = (...sides: Side[]) => {
    access.add('delete')
    for (const side of sides) erases.add(side)
  }
  // Overwrites what nobody gets back, and can be a command of the build.
  const setVariables = () => {
    remove('primary')
    access.add('execute')
  }
  for (const service of Object.values(config.services ?? {})) {
    if (service.isDeleted) remove('primary', 'backup')
    if (service.source || service.build || service.deploy) access.add('execute')
    if (service.variables) setVariables()
    for (const mount of Object.values(service.volumeMounts ?? {}))
      if (mount.backupSchedules) remove('backup')
      else access.add('delete')
  }
  // A smaller or moved volume loses data as well.
  if (Object.keys(config.volumes ?? {}).length > 0) remove('primary', 'backup')
  if (Object.keys(config.buckets ?? {}).length > 0) remove('primary', 'backup')
  if (config.sharedVariables) setVariables()
  return { access, erases }
}

/** The things of the vendor that a configuration names and does not create. */
export function namedIn(config: EnvironmentConfig): {
  readonly services: string[]
  readonly volumes: string[]
} {
  const existing = (part: Readonly<Record<string, { readonly isCreated?: boolean | undefined }>> = {}) =>
    Object.entries(part)
      .filter(([, { isCreated }]) => !isCreated)
      .map(([id]) => id)
  const mounted = Object.values(config.services ?? {}).flatMap((each) => Object.keys(each.volumeMounts ?? {}))
  const created = new Set(
    Object.entries(config.volumes ?? {}).flatMap(([id, v]) => (v.isCreated ? [id] : [])),
  )
  return {
    services: existing(config.services),
    volumes: [...new Set([...existing(config.volumes), ...mounted.filter((id) => !created.has(id))])],
  }
}
