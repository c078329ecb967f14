import type { Access } from '@credbroker/core/access'

interface Permission {
  readonly read?: readonly Access[]
  readonly write?: readonly Access[]
  /** What `write` can do that one would not think of. */
  readonly because?: string
}

const READ = { read: ['read'] } as const

/**
 * What GitHub's permissions let a token do. They are coarse: most that write can also delete for good.
 * `administration` and `repository_hooks` can be read only: who writes them can leave behind a deploy key, a collaborator or
 * a hook, which outlive the token, so that nobody could say that a lease is dead.
 *
 * @see https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps
 */
export const PERMISSIONS = {
  metadata: READ,
  contents: {
    ...READ,
    write: ['write', 'delete'],
    because: 'overwrites and deletes branches, tags and releases',
  },
  pull_requests: { ...READ, write: ['write', 'delete'], because: 'deletes comments of others' },
  issues: { ...READ, write: ['write', 'delete'], because: 'deletes comments, labels and milestones' },
  discussions: { ...READ, write: ['write', 'delete'], because: 'deletes discussions and comments' },
  statuses: { ...READ, write: ['write'] },
  checks: { ...READ, write: ['write'] },
  deployments: {
    ...READ,
    write: ['write', 'delete', 'execute'],
    because: 'starts workflows, deletes deployments',
  },
  actions: {
    ...READ,
    write: ['write', 'delete', 'execute'],
    because: 'runs workflows; deletes runs, logs, artifacts and caches',
  },
  packages: {
    ...READ,
    write: ['write', 'delete', 'execute'],
    because: 'publishes what others run, and deletes versions',
  },
  workflows: { write: ['write', 'execute'], because: 'writes what GitHub Actions run' },
  pages: { ...READ, write: ['write', 'admin'], because: 'publishes, and says under which domain' },
  environments: { ...READ, write: ['admin'], because: 'changes who may deploy' },
  secrets: {
    read: ['secret'],
    write: ['delete', 'admin', 'secret'],
    because: 'replaces secrets of workflows for good',
  },
  security_events: { read: ['secret'], write: ['write', 'secret'], because: 'reads and dismisses alerts' },
  secret_scanning_alerts: { read: ['secret'], because: 'alerts show the secrets that were found' },
  administration: READ,
  repository_hooks: { read: ['secret'], because: 'addresses of hooks can hold secrets' },
} as const satisfies Record<string, Permission>

export type PermissionName = keyof typeof PERMISSIONS

export const permissionOf = (name: string): Permission | undefined =>
  Object.hasOwn(PERMISSIONS, name) ? PERMISSIONS[name as PermissionName] : undefined

/** What is unknown is `admin` (I4b). */
export const accessOf = (name: string, level: string): readonly Access[] => {
  const known = permissionOf(name)
  return (level === 'read' ? known?.read : level === 'write' ? known?.write : undefined) ?? ['admin']
}
