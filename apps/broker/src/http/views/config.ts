import type {
  agentView,
  environmentView,
  Plan,
  RootView,
  scopeView,
  teamView,
  userView,
} from '@credbroker/core/wire/admin'
import type { GuardedProvider } from '@credbroker/providers/guard'
import type { z } from 'zod'
import type { Planned } from '../../application/config/apply-config.ts'
import { type BreakGlass, type ConfigTable, keyOf, type Root } from '../../domain/config.ts'
import { changedFields, type RowChange } from '../../domain/config-diff.ts'
import type { ConfigSnapshot } from '../../domain/snapshot.ts'
import { needsApproval, type WideningContext } from '../../domain/widening.ts'
import type { StoredKey } from '../../ports/client-keys.ts'
import type { LeakedRoot } from '../../ports/leaks.ts'
import type { UnfinishedRotation } from '../../ports/rotation-store.ts'
import { viewBreakGlass } from './break-glass.ts'
import { owned } from './owned.ts'
import { viewTrust } from './trust.ts'

type Row<Table extends ConfigTable> = ConfigSnapshot['rows'][Table][number]

export const viewEnvironment = (
  entry: Row<'environments'>,
  snapshot: ConfigSnapshot,
  broken: readonly BreakGlass[],
): z.infer<typeof environmentView> => ({
  name: entry.row.name,
  tier: entry.row.tier,
  backups: [...entry.row.backups],
  recovery_group: entry.row.recoveryGroup,
  anchors: snapshot.rows.anchors
    .filter(({ row }) => row.environment === entry.row.name)
    .map(({ row: { vendor, id, shared } }) => ({ vendor, id, shared })),
  break_glass: broken.filter(({ environment }) => environment === entry.row.name).map(viewBreakGlass),
  ...owned('environments', entry, snapshot),
})

export const viewUser = (entry: Row<'users'>, snapshot: ConfigSnapshot): z.infer<typeof userView> => ({
  name: entry.row.name,
  roles: [...entry.row.roles],
  ...(entry.row.invitedBy !== null && { invited_by: entry.row.invitedBy }),
  ...owned('users', entry, snapshot),
})

export const viewTeam = (entry: Row<'teams'>, snapshot: ConfigSnapshot): z.infer<typeof teamView> => ({
  name: entry.row.name,
  ...(entry.row.description !== null && { description: entry.row.description }),
  agents: snapshot.rows.agents
    .filter(({ row }) => row.teams.includes(entry.row.name))
    .map(({ row }) => row.name),
  ...owned('teams', entry, snapshot),
})

export const viewAgent = (
  entry: Row<'agents'>,
  snapshot: ConfigSnapshot,
  keys: readonly StoredKey[],
): z.infer<typeof agentView> => ({
  name: entry.row.name,
  owner: entry.row.owner,
  teams: [...entry.row.teams],
  ...(entry.row.tool !== null && { tool: entry.row.tool }),
  ...(entry.row.model !== null && { model: entry.row.model }),
  max_task_seconds: entry.row.maxTaskSeconds,
  keys: keys.map(({ key }) => ({
    jkt: key.jkt,
    created_at: key.createdAt,
    ends_at: key.endsAt,
    ...(key.lentFor && { lent_by: key.lentFor.issuer }),
  })),
  trust: entry.row.trust.map(viewTrust),
  ...owned('agents', entry, snapshot),
})

/** What rotations have left to do is a matter of the root, though no vendor says it. */
const rotationFindings = (name: string, { halfway, retiring }: UnfinishedRotation): RootView['findings'] => [
  ...(halfway
    ? [
        {
          level: 'advice' as const,
          code: 'rotation-unfinished',
          message: `A rotation stopped half-way: run \`broker root rotate ${name}\` again`,
        },
      ]
    : []),
  ...retiring.map(({ version, attempts }) => ({
    level: 'over-broad' as const,
    code: 'former-key-alive',
    message: `The vendor may still take the credential of version ${version}; the broker has tried ${attempts} times to end it, and goes on`,
  })),
]

/** What of a root is not in its row. */
export interface RootFacts {
  readonly rotation: UnfinishedRotation
  readonly lastUsedAt: string | undefined
  readonly leaked: LeakedRoot | undefined
}

/** Named field by field: there is none that could carry the credential (I1). */
export const viewRoot = (
  entry: Row<'roots'>,
  snapshot: ConfigSnapshot,
  provider: GuardedProvider | undefined,
  { rotation, lastUsedAt, leaked }: RootFacts,
): RootView => ({
  name: entry.row.name,
  provider: entry.row.provider,
  state: entry.row.state,
  environments: snapshot.rows.root_environments
    .filter(({ row }) => row.root === entry.row.name)
    .map(({ row }) => row.environment),
  identity: entry.row.identity,
  reach: [...entry.row.reach],
  unclaimed: [...entry.row.unclaimed],
  findings: [
    ...entry.row.findings.map(({ level, code, message }) => ({ level, code, message })),
    ...rotationFindings(entry.row.name, rotation),
  ],
  owner: entry.row.owner,
  ...(entry.row.service !== null && { service: entry.row.service }),
  ...(entry.row.onCall !== null && { on_call: entry.row.onCall }),
  recovery: recoveryView(entry.row),
  version: entry.row.version,
  fingerprint: entry.row.fingerprint,
  added_at: entry.row.addedAt,
  checked_at: entry.row.checkedAt,
  ...(leaked && { leaked: leakedView(leaked) }),
  ...(lastUsedAt !== undefined && { last_used_at: lastUsedAt }),
  capabilities: [
    ...(provider?.revocation ? (['revoke'] as const) : []),
    ...(provider?.sweep ? (['sweep'] as const) : []),
    ...(provider?.rotation ? (['rotate'] as const) : []),
    ...(provider?.rotation?.style === 'side-by-side' ? (['retire'] as const) : []),
  ],
  ...owned('roots', entry, snapshot),
})

const leakedView = ({ firstAt, lastAt, reports, by }: LeakedRoot): RootView['leaked'] => ({
  first_at: firstAt.toISOString(),
  last_at: lastAt.toISOString(),
  reports,
  ...(by !== null && { by }),
})

const recoveryView = ({
  recovery: { backups, authority, lastRestoreTest, separateAuthority },
}: Root): RootView['recovery'] => ({
  ...(backups && { backups }),
  ...(authority && { authority }),
  ...(lastRestoreTest && { lastRestoreTest }),
  separateAuthority: separateAuthority === true,
})

export const viewScope = (
  entry: Row<'scopes'>,
  snapshot: ConfigSnapshot,
  lastUsedAt: string | undefined,
): z.infer<typeof scopeView> => ({
  name: entry.row.name,
  root: entry.row.root,
  environment: entry.row.environment,
  provider: entry.row.provider,
  side: entry.row.side,
  max_ttl_seconds: entry.row.maxTtlSeconds,
  declared_access: [...entry.row.declaredAccess],
  access: [...entry.row.access],
  evidence: entry.row.evidence.map(({ access, because }) => ({ access, because })),
  allow: entry.row.allow as Record<string, z.infer<ReturnType<typeof z.json>>>,
  ...(entry.row.form !== null && { form: entry.row.form }),
  ...(entry.row.connector && { connector: entry.row.connector }),
  ...(lastUsedAt !== undefined && { last_used_at: lastUsedAt }),
  ...owned('scopes', entry, snapshot),
})

/** Members that nobody declares and nobody decides on. */
const HIDDEN: ReadonlySet<string> = new Set([
  'name',
  'evidence',
  'operations',
  'addedAt',
  'checkedAt',
  'fingerprint',
])
/** Who owns it is worth a line only where that changes. */
const HIDDEN_WITH_OWNER: ReadonlySet<string> = new Set([...HIDDEN, 'source'])
const KIND: Partial<Record<ConfigTable, Plan['changes'][number]['kind']>> = {
  environments: 'environment',
  anchors: 'environment',
  users: 'user',
  teams: 'team',
  issuers: 'issuer',
  agents: 'agent',
  roots: 'root',
  scopes: 'scope',
  policies: 'policy',
}

export const viewPlan = (planned: Planned, context: WideningContext): Plan => ({
  version: planned.version,
  changes: joinAnchors(
    shown(planned.changes).map((change) =>
      viewChange(change, KIND[change.table] ?? (change.table === 'controls' ? 'policy' : 'root'), context),
    ),
  ),
  needs_secret: [...planned.needsSecret],
  warnings: planned.warnings.map(({ at, message }) => ({ at, message })),
})

/** What nobody declares is shown where it is all there is to change: a seal that has to be put back. */
function shown(changes: readonly RowChange[]): readonly RowChange[] {
  const declared = changes.filter(({ table }) => KIND[table])
  return declared.length > 0 ? declared : changes
}

type ChangeView = Plan['changes'][number]

/** Anchors are rows of their own, and to people a part of their environment. */
function joinAnchors(changes: readonly ChangeView[]): ChangeView[] {
  const joined = new Map<string, ChangeView>()
  for (const change of changes) {
    const key = `${change.kind} ${change.name}`
    const earlier = joined.get(key)
    joined.set(
      key,
      earlier
        ? {
            ...earlier,
            fields: [...earlier.fields, ...change.fields],
            approval: earlier.approval || change.approval,
          }
        : change,
    )
  }
  return [...joined.values()]
}

function viewChange(change: RowChange, kind: ChangeView['kind'], context: WideningContext): ChangeView {
  const approval = needsApproval(change, context)
  if (change.table === 'anchors') {
    const { before, after } = change
    const name = (after ?? before)?.environment ?? ''
    const field = {
      field: 'anchors',
      ...(before && { from: anchorText(before) }),
      ...(after && { to: anchorText(after) }),
    }
    return { kind, name, action: 'update', fields: [field], approval }
  }
  const { table, before, after } = change
  const off = (row: unknown) => row === undefined || (row as { disabled?: boolean }).disabled === true
  const action = off(after) ? 'remove' : off(before) ? 'create' : 'update'
  const fields = changedFields(
    before,
    action === 'remove' ? undefined : after,
    action === 'update' ? HIDDEN : HIDDEN_WITH_OWNER,
  ) as ChangeView['fields']
  return { kind, name: keyOf(table, (after ?? before) as never), action, fields, approval }
}

const anchorText = ({ vendor, id, shared }: { vendor: string; id: string; shared: boolean }): string =>
  `${vendor} ${id}${shared ? ' (shared)' : ''}`
