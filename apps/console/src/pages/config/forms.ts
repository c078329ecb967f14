import type {
  agentView,
  environmentView,
  RootView,
  scopeView,
  teamView,
  userView,
} from '@credbroker/core/wire/admin'
import type { z } from 'zod'
import type { Document, Field } from './draft.ts'
import { durationText } from './duration-text.ts'

const ACCESS = ['read', 'write', 'delete', 'admin', 'secret', 'execute']

/** The fields of each kind as `broker.yaml` has them, and what is there as such a document: packages/core/src/wire/objects.ts. */
export const ENVIRONMENT_FORM: readonly Field[] = [
  {
    at: 'tier',
    label: 'Tier',
    hint: 'Left out, it is protected',
    as: { kind: 'one', of: ['disposable', 'standard', 'protected'] },
  },
  {
    at: 'backups',
    label: 'Environments that hold its backups',
    as: { kind: 'several', of: '/v1/environments' },
  },
  {
    at: 'anchors',
    label: 'Anchors (JSON)',
    hint: 'What it claims at vendors: [{ "vendor": "http", "id": "api.example.com/staging" }]',
    as: { kind: 'json' },
  },
]

export const environmentDocument = ({
  tier,
  backups,
  anchors,
}: z.infer<typeof environmentView>): Document => ({
  tier,
  backups,
  anchors,
})

export const SCOPE_FORM: readonly Field[] = [
  { at: 'root', label: 'Root', required: true, as: { kind: 'one', of: '/v1/roots' } },
  { at: 'environment', label: 'Environment', required: true, as: { kind: 'one', of: '/v1/environments' } },
  {
    at: 'side',
    label: 'Side',
    hint: 'Left out, it is primary',
    as: { kind: 'one', of: ['primary', 'backup'] },
  },
  { at: 'maxTtl', label: 'Lasts at most', hint: '15m, 8h or 900s', as: { kind: 'text' } },
  {
    at: 'access',
    label: 'Declared access',
    hint: 'Raises what the broker finds out; it never lowers it',
    as: { kind: 'several', of: ACCESS },
  },
  {
    at: 'connector',
    label: 'Connector',
    hint: 'Where the broker makes the calls itself; left out, it is what the root is',
    as: { kind: 'vendor', of: 'connector' },
  },
  {
    at: 'allow',
    label: 'What it allows (JSON)',
    hint: 'In the words of the provider of the root, or of the connector',
    required: true,
    as: { kind: 'json' },
  },
]

export const scopeDocument = (view: z.infer<typeof scopeView>): Document => ({
  root: view.root,
  environment: view.environment,
  side: view.side,
  maxTtl: durationText(view.max_ttl_seconds),
  access: view.declared_access,
  ...(view.connector !== undefined && { connector: view.connector }),
  allow: view.allow,
})

export const AGENT_FORM: readonly Field[] = [
  { at: 'owner', label: 'Owner', required: true, as: { kind: 'one', of: '/v1/users' } },
  { at: 'teams', label: 'Teams', as: { kind: 'several', of: '/v1/teams' } },
  { at: 'tool', label: 'Tool', as: { kind: 'text' } },
  { at: 'model', label: 'Model', as: { kind: 'text' } },
  { at: 'maxTask', label: 'A task lasts at most', hint: '15m, 8h or 900s', as: { kind: 'text' } },
  {
    at: 'trust',
    label: 'Trust (JSON)',
    hint: 'Which workloads are this agent: [{ "issuer": "github", "claims": { "repository": "acme/shop" } }]',
    as: { kind: 'json' },
  },
]

export const agentDocument = (view: z.infer<typeof agentView>): Document => ({
  owner: view.owner,
  teams: view.teams,
  ...(view.tool !== undefined && { tool: view.tool }),
  ...(view.model !== undefined && { model: view.model }),
  maxTask: durationText(view.max_task_seconds),
  trust: view.trust.map(({ max_task_seconds, ...rule }) => ({
    ...rule,
    ...(max_task_seconds !== undefined && { maxTask: max_task_seconds }),
  })),
})

export const TEAM_FORM: readonly Field[] = [{ at: 'description', label: 'Description', as: { kind: 'text' } }]

export const teamDocument = ({ description }: z.infer<typeof teamView>): Document => ({
  ...(description !== undefined && { description }),
})

export const USER_FORM: readonly Field[] = [
  {
    at: 'roles',
    label: 'Roles',
    hint: 'An admin does not approve what agents ask for',
    as: { kind: 'several', of: ['viewer', 'operator', 'approver', 'admin'] },
  },
]

export const userDocument = ({ roles }: z.infer<typeof userView>): Document => ({ roles })

const RECOVERY: readonly Field[] = [
  { at: 'recovery.backups', label: 'Backups are at', as: { kind: 'text' } },
  { at: 'recovery.authority', label: 'Under whose authority', as: { kind: 'text' } },
  { at: 'recovery.lastRestoreTest', label: 'Last restore test', hint: 'YYYY-MM-DD', as: { kind: 'text' } },
  {
    at: 'recovery.separateAuthority',
    label: 'The backups survive whatever this root can do',
    as: { kind: 'yes' },
  },
]

export const ROOT_FORM: readonly Field[] = [
  { at: 'owner', label: 'Owner', required: true, as: { kind: 'one', of: '/v1/users' } },
  { at: 'service', label: 'Service that needs it', as: { kind: 'text' } },
  { at: 'on_call', label: 'On call', as: { kind: 'text' } },
  ...RECOVERY,
]

/** A root that is not there yet; its credential has a field of its own. */
export const NEW_ROOT_FORM: readonly Field[] = [
  {
    at: 'provider',
    label: 'Provider',
    required: true,
    hint: 'What this broker can work with',
    as: { kind: 'vendor', of: 'root' },
  },
  {
    at: 'environment',
    label: 'Environment',
    hint: 'Left out for a root that spans several: it works through the gateway only',
    as: { kind: 'one', of: '/v1/environments' },
  },
  ...ROOT_FORM,
]

export const rootDocument = ({ owner, service, on_call, recovery }: RootView): Document => ({
  owner,
  ...(service !== undefined && { service }),
  ...(on_call !== undefined && { on_call }),
  recovery,
})
