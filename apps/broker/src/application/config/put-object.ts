import type { ConfigDocument } from '@credbroker/core/config/document'
import { BrokerError, type Problem } from '@credbroker/core/errors'
import type { ConfigTable } from '../../domain/config.ts'
import type { RowChange } from '../../domain/config-diff.ts'
import { anAdminRemains } from '../../domain/config-rules.ts'
import { desiredRows } from '../../domain/desired-config.ts'
import type { ConfigSnapshot } from '../../domain/snapshot.ts'
import type { Caller } from '../identity/caller.ts'
import { configAs } from '../identity/require-role-now.ts'
import { stepUp } from '../people/step-up.ts'
import { prepareRoots } from '../roots/prepare-roots.ts'
import { type ApplyDeps, writeChanges } from './apply-config.ts'
import { changedRows } from './changed-rows.ts'
import { prepareScopes } from './prepare-scopes.ts'
import { requireRevision } from './require-revision.ts'
import { resealings } from './resealings.ts'
import { storedWith, type WholeOrder, wholeProblems } from './whole-order.ts'

export type Puttable = 'environments' | 'scopes' | 'agents' | 'teams' | 'users'
export type ObjectPut = {
  [Table in Puttable]: { readonly table: Table; readonly object: ConfigDocument[Table][string] }
}[Puttable] & { readonly name: string }

export interface PutOptions {
  readonly expectedRevision?: string | undefined
  readonly approval?: string | undefined
}

/**
 * Makes one object what was sent: a new one, or in place of one that files do not own. By the rules of `apply`, over everything that
 * is configured; what was disabled is enabled again. Of what was changed by hand elsewhere nothing is taken up (I13).
 * @throws ApprovalPending as {@link writeChanges}
 * @throws BrokerError `conflict` where files own it or it changed meanwhile, `config_invalid`, `reach_refused`
 */
export const putObject =
  (deps: ApplyDeps) =>
  async (caller: Caller, put: ObjectPut, { expectedRevision, approval }: PutOptions = {}): Promise<void> => {
    const { snapshot } = await configAs(deps.config, caller, 'admin')
    stepUp(caller)
    requireRevision(snapshot, put.table, put.name, expectedRevision)
    refuseFiles(snapshot, put.table, put.name)
    const whole = storedWith(snapshot, { [put.table]: { [put.name]: put.object } })
    await requireRules(deps, snapshot, put, whole)
    const changes = await changesOf(deps, caller, snapshot, put, whole)
    if (changes.length > 0) await writeChanges(deps, caller, snapshot, { changes }, approval)
  }

/** A row that was changed by hand says nothing about who owns it, and putting it is how people repair that (I13). */
export function refuseFiles(snapshot: ConfigSnapshot, table: ConfigTable, name: string): void {
  const found = snapshot.stored(table, name) as { row: { source?: string }; intact: boolean } | undefined
  if (found?.intact && found.row.source === 'files')
    throw new BrokerError('conflict', {
      detail: `Files own this one: change \`${table}.${name}\` in broker.yaml, and apply`,
    })
}

/** What was wrong before is nobody's fault now; what the object itself says is told by its own fields. */
async function requireRules(
  deps: ApplyDeps,
  snapshot: ConfigSnapshot,
  { table, name }: ObjectPut,
  whole: WholeOrder,
): Promise<void> {
  const own = `${table}.${name}.`
  const before = new Set((await wholeProblems(deps, storedWith(snapshot))).map(textOf))
  const problems = (await wholeProblems(deps, whole))
    .filter((problem) => problem.at.startsWith(own) || !before.has(textOf(problem)))
    .map(({ at, message }) => ({ at: at.startsWith(own) ? at.slice(own.length) : at, message }))
  if (table === 'users' && !anAdminRemains([...otherUsers(snapshot, name), ...rowsOf(snapshot, whole).users]))
    problems.push({ at: 'roles', message: 'nobody would be an admin any more' })
  if (problems.length > 0) throw new BrokerError('config_invalid', { problems })
}

const textOf = ({ at, message }: Problem) => `${at} ${message}`

const otherUsers = ({ rows }: ConfigSnapshot, name: string) =>
  rows.users.flatMap(({ row, intact }) => (intact && row.name !== name ? [row] : []))

const rowsOf = (snapshot: ConfigSnapshot, whole: WholeOrder) => {
  const users = snapshot.rows.users.flatMap(({ row, intact }) => (intact ? [row] : []))
  return desiredRows(whole.config, { ...whole, users })
}

/** The object's own row, and whatever else says something different because of it. */
async function changesOf(
  deps: ApplyDeps,
  caller: Caller,
  snapshot: ConfigSnapshot,
  { table, name }: ObjectPut,
  whole: WholeOrder,
): Promise<RowChange[]> {
  const wanted = rowsOf(snapshot, whole)
  const named = <Row extends { readonly name: string }>(rows: readonly Row[]) =>
    rows.filter((row) => row.name === name)
  const withSeals = (changes: RowChange[], own: Parameters<typeof resealings>[2]) =>
    changes.concat(resealings(snapshot, changes, own))

  if (table === 'scopes') {
    const config = { ...whole.config, scopes: { [name]: whole.config.scopes[name] as never } }
    const roots = storedRoots(snapshot)
    const { rows } = await prepareScopes(deps, caller, snapshot, { ...whole, config }, wanted, roots)
    return withSeals(changedRows(snapshot, 'scopes', rows), { scopes: rows })
  }
  if (table === 'environments') {
    const roots = await prepareRoots(deps, caller, snapshot, whole, wanted.anchors)
    const scopes = await prepareScopes(deps, caller, snapshot, whole, wanted, roots)
    const anchors = wanted.anchors.filter(({ environment }) => environment === name)
    const changes: RowChange[] = [
      ...changedRows(snapshot, 'environments', wanted.environments),
      ...changedRows(snapshot, 'anchors', wanted.anchors, ({ environment }) =>
        environment === name ? 'remove' : 'keep',
      ),
      ...changedRows(snapshot, 'roots', roots.rows),
      ...changedRows(snapshot, 'root_environments', roots.uses),
      ...changedRows(snapshot, 'scopes', scopes.rows),
    ]
    return withSeals(changes, { environments: named(wanted.environments), anchors })
  }
  const own = named<{ readonly name: string }>(wanted[table])
  return withSeals(changedRows(snapshot, table, own as never), { [table]: own })
}

const storedRoots = ({ rows }: ConfigSnapshot) => ({
  rows: rows.roots.flatMap(({ row, intact }) => (intact && !row.disabled ? [row] : [])),
  uses: rows.root_environments.flatMap(({ row, intact }) => (intact ? [row] : [])),
  renewed: new Set<string>(),
})
