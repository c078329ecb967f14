import { VOCABULARY } from '@credbroker/connectors/vocabulary'
import { BrokerError, type Problem } from '@credbroker/core/errors'
import { checkPolicies } from '@credbroker/policy/check'
import type { Anchor, Policy, Root, User } from '../../domain/config.ts'
import { diffRows, type RowChange } from '../../domain/config-diff.ts'
import { anAdminRemains } from '../../domain/config-rules.ts'
import { desiredRows } from '../../domain/desired-config.ts'
import type { CheckedRow, ConfigSnapshot } from '../../domain/snapshot.ts'
import { trustedControls } from '../../domain/trusted-controls.ts'
import type { SecretWrite } from '../../ports/config-store.ts'
import type { Caller } from '../identity/caller.ts'
import { withFederated } from '../roots/federated-roots.ts'
import { prepareRoots } from '../roots/prepare-roots.ts'
import type { ConfigOrder, PrepareDeps } from './config-order.ts'
import { prepareScopes } from './prepare-scopes.ts'
import { resealings } from './resealings.ts'
import { filesAndOthers, wholeProblems } from './whole-order.ts'

export interface Prepared {
  readonly changes: readonly RowChange[]
  readonly secrets: readonly SecretWrite[]
  /** Roots whose credential has to come with `apply`. */
  readonly needsSecret: readonly string[]
  readonly warnings: readonly Problem[]
}

/**
 * Works out what has to change so that the stored configuration becomes what the files say. Asks vendors about roots
 * and scopes that are new or changed; records that it asks (I6), and changes nothing. Objects that the API made and the files do not name stay.
 * @throws BrokerError `config_invalid` with every problem found before a vendor was asked; `reach_refused`
 */
export async function prepareConfig(
  deps: PrepareDeps,
  caller: Caller,
  snapshot: ConfigSnapshot,
  given: ConfigOrder,
): Promise<Prepared> {
  const { policies } = given
  const stored = <Table extends Parameters<ConfigSnapshot['stored']>[0]>(table: Table) =>
    snapshot.rows[table].map(({ row }) => row)
  const users = stored('users')
  const whole = filesAndOthers(snapshot, given)
  const named = new Set(policies.map(({ name }) => name))
  const kept = snapshot.rows.policies.filter(({ row }) => row.source === 'api' && !named.has(row.name))
  // I13: what somebody else wrote beside ours must not become ours by applying files that do not name it.
  const others = kept.flatMap(({ row, intact }) => (intact ? [row] : []))
  const checked = checkPolicies([...policies, ...others], VOCABULARY)
  const problems = [...(await wholeProblems(deps, whole)), ...checked.problems]
  const trusted = snapshot.rows.users.flatMap(({ row, intact }) => (intact ? [row] : []))
  const wanted = desiredRows(whole.config, { ...whole, users: trusted })
  problems.push(...adminProblems(users, wanted.users))
  if (problems.length > 0) throw new BrokerError('config_invalid', { problems })

  const order = withFederated(deps, snapshot, whole)
  const roots = await prepareRoots(deps, caller, snapshot, order, wanted.anchors)
  const scopes = await prepareScopes(deps, caller, snapshot, order, wanted, roots)
  const texts = policies.map(({ name, text }): Policy => ({ name, text, source: 'files' }))
  const controls = trustedControls(snapshot, deps.clock.now())
  const changes: RowChange[] = [
    ...diffRows('users', users, wanted.users, disableOwned),
    ...diffRows('teams', stored('teams'), wanted.teams, disableOwned),
    ...diffRows('environments', stored('environments'), wanted.environments, disableOwned),
    ...diffRows('anchors', stored('anchors'), wanted.anchors, anchorOf(snapshot)),
    ...diffRows('issuers', stored('issuers'), wanted.issuers, disableOwned),
    ...diffRows('agents', stored('agents'), wanted.agents, disableOwned),
    ...diffRows<'roots'>('roots', stored('roots'), roots.rows, disableRoot(snapshot)),
    ...diffRows<'root_environments'>(
      'root_environments',
      stored('root_environments'),
      roots.uses,
      () => 'keep',
    ),
    ...diffRows<'scopes'>('scopes', stored('scopes'), scopes.rows, disableOwned),
    ...diffRows('policies', stored('policies'), texts, ({ source }) =>
      source === 'api' ? 'keep' : 'remove',
    ),
    ...diffRows('controls', stored('controls'), [controls], () => 'keep'),
  ]
  const resealed = changes.concat(
    resealings(snapshot, changes, {
      ...wanted,
      policies: [...texts, ...others],
      roots: roots.rows,
      root_environments: roots.uses,
      scopes: scopes.rows,
    }),
  )
  return {
    changes: resealed,
    secrets: roots.secrets,
    needsSecret: roots.needsSecret,
    warnings: [...checked.warnings, ...scopes.warnings, ...kept.flatMap(foreignPolicy)],
  }
}

const foreignPolicy = ({ row, intact }: CheckedRow<Policy>): Problem[] =>
  intact
    ? []
    : [
        {
          at: `policies.${row.name}`,
          message: 'was changed by hand, and everything is denied until it is put again or removed',
        },
      ]

/** What files own and no longer name is disabled, never deleted: grants and audit refer to it. */
const disableOwned = <Row extends { readonly source: string; readonly disabled: boolean }>(
  row: Row,
): Row | 'keep' => (row.source === 'files' ? { ...row, disabled: true } : 'keep')

/** Those of an environment that files do not own go with it alone. */
const anchorOf =
  (snapshot: ConfigSnapshot) =>
  ({ environment }: Anchor) =>
    snapshot.stored('environments', environment)?.row.source === 'api' ? 'keep' : 'remove'

/** What somebody else says that a root reaches is not believed when files name it again either (I2, I13). */
const disableRoot = (snapshot: ConfigSnapshot) => (row: Root) => {
  const fate = disableOwned(row)
  return fate === 'keep' || snapshot.stored('roots', row.name)?.intact
    ? fate
    : { ...fate, state: 'unusable' as const }
}

/** Somebody must be able to undo what is applied. */
function adminProblems(stored: readonly User[], wanted: readonly User[]): Problem[] {
  const named = new Set(wanted.map(({ name }) => name))
  const after = [...wanted, ...stored.filter(({ name, source }) => source === 'api' && !named.has(name))]
  return anAdminRemains(after) ? [] : [{ at: 'users', message: 'nobody would be an admin any more' }]
}
