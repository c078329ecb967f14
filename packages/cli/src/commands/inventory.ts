import type {
  agentView,
  environmentView,
  policyView,
  RootView,
  scopeView,
  teamView,
  userView,
} from '@credbroker/core/wire/admin'
import type { IssuerView } from '@credbroker/core/wire/trust'
import type { z } from 'zod'
import { type Cli, EXIT, type Run } from '../cli.ts'
import { connect, listAll, segment } from '../client.ts'
import { answer } from '../render/answer.ts'
import { describe } from '../render/describe.ts'
import { printable } from '../render/printable.ts'
import { rootText } from '../render/root.ts'
import { table } from '../render/table.ts'

export type Kind = 'environments' | 'scopes' | 'issuers' | 'agents' | 'teams' | 'users' | 'roots' | 'policies'

interface Views {
  environments: z.infer<typeof environmentView>
  scopes: z.infer<typeof scopeView>
  issuers: IssuerView
  agents: z.infer<typeof agentView>
  teams: z.infer<typeof teamView>
  users: z.infer<typeof userView>
  roots: RootView
  policies: z.infer<typeof policyView>
}

type Columns<View> = readonly (readonly [heading: string, cell: (view: View) => string | undefined])[]

const COLUMNS: { readonly [K in Kind]: Columns<Views[K]> } = {
  environments: [
    ['tier', (env) => env.tier],
    ['backups', (env) => env.backups.join(' ')],
    [
      'break-glass',
      (env) => env.break_glass.map(({ agent, ends_at }) => `${agent} until ${ends_at}`).join(', '),
    ],
    [
      'anchors',
      (env) =>
        env.anchors.map(({ vendor, id, shared }) => `${vendor}:${id}${shared ? ' (shared)' : ''}`).join(' '),
    ],
  ],
  scopes: [
    ['environment', (scope) => scope.environment],
    ['root', (scope) => scope.root],
    ['gateway', (scope) => scope.connector],
    ['access', (scope) => scope.access.join(' ')],
    ['side', (scope) => scope.side],
    ['max', (scope) => `${scope.max_ttl_seconds}s`],
    ['last used', (scope) => scope.last_used_at ?? 'never'],
  ],
  issuers: [
    ['profile', (issuer) => issuer.profile],
    ['url', (issuer) => issuer.url],
    ['keys', (issuer) => issuer.keys],
  ],
  agents: [
    ['owner', (agent) => agent.owner],
    ['teams', (agent) => agent.teams.join(' ')],
    ['tool', (agent) => [agent.tool, agent.model].filter(Boolean).join(' ')],
    ['keys', (agent) => String(agent.keys.length)],
  ],
  teams: [
    ['agents', (team) => team.agents.join(' ')],
    ['description', (team) => team.description],
  ],
  users: [
    ['roles', (user) => user.roles.join(' ')],
    ['invited by', (user) => user.invited_by],
  ],
  policies: [['kind', (policy) => (policy.guardrail ? 'guardrail' : 'policy')]],
  roots: [
    ['provider', (root) => root.provider],
    ['state', (root) => root.state],
    ['environments', (root) => root.environments.join(' ')],
    ['owner', (root) => root.owner],
    ['last used', (root) => root.last_used_at ?? 'never'],
    ['findings', (root) => root.findings.map(({ level, code }) => `${level}:${code}`).join(' ')],
  ],
}

/** What deserves a look before anything else does. */
const state = (view: { disabled: boolean; tampered: boolean }): string =>
  view.tampered ? 'TAMPERED' : view.disabled ? 'disabled' : 'ok'

export function list<K extends Kind>(kind: K): Run {
  return async (cli: Cli) => {
    const items = await listAll<Views[K]>(await connect(cli), `/v1/${kind}`)
    const shown: Columns<Views[K]> = COLUMNS[kind]
    answer(cli, { items }, (columns) =>
      table(
        ['name', ...shown.map(([heading]) => heading), 'status', 'from'],
        items.map((item) => [item.name, ...shown.map(([, cell]) => cell(item)), state(item), item.source]),
        columns,
      ),
    )
    return EXIT.ok
  }
}

export const show =
  (kind: Kind): Run =>
  async (cli: Cli, _options: object, name: string) => {
    const view = await (await connect(cli)).get<Views[Kind]>(`/v1/${kind}/${segment(name)}`)
    answer(cli, view, () => {
      if (kind === 'roots') return rootText(view as RootView)
      return kind === 'policies' ? policyText(view as Views['policies']) : describe(view)
    })
    return EXIT.ok
  }

/** As it was written; it may come from a file of somebody else’s. */
const policyText = ({ text }: Views['policies']): string =>
  `${text.split('\n').map(printable).join('\n').trimEnd()}\n`

export const disable =
  (kind: Kind): Run =>
  async (cli: Cli, _options: object, name: string) => {
    const view = await (await connect(cli)).remove<Views[Kind]>(`/v1/${kind}/${segment(name)}`)
    answer(cli, view, () => `${view.name} is disabled.\n${filesNote(view.source)}`)
    return EXIT.ok
  }

const filesNote = (source: 'files' | 'api'): string =>
  source === 'files'
    ? 'It is declared in files: take it out there too, or the next apply brings it back.\n'
    : ''
