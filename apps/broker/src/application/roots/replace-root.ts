import type { Json } from '@credbroker/core/canonical-json'
import { BrokerError } from '@credbroker/core/errors'
import { Secret } from '@credbroker/core/secret'
import type { Root } from '../../domain/config.ts'
import type { RowChange } from '../../domain/config-diff.ts'
import { declaredOf, rootOf } from '../../domain/declared.ts'
import type { ConfigSnapshot } from '../../domain/snapshot.ts'
import { type ApplyDeps, writeChanges } from '../config/apply-config.ts'
import { changedRows } from '../config/changed-rows.ts'
import { prepareScopes } from '../config/prepare-scopes.ts'
import { storedWith } from '../config/whole-order.ts'
import { actorOf, type Caller } from '../identity/caller.ts'
import { configAs } from '../identity/require-role-now.ts'
import { stepUp } from '../people/step-up.ts'
import { prepareRoots } from './prepare-roots.ts'

/**
 * Takes in a new credential in place of the one of a root that files do not own: read at its vendor as at intake, and the scopes of
 * the root with it. The former one is ended where the broker can; a root that is disabled stays so. The same again changes nothing.
 * @throws ApprovalPending as {@link writeChanges}
 * @throws BrokerError `not_found`, `tampered`, `conflict` where files own it or it is rotated, and as `addRoot` does
 */
export const replaceRoot =
  (deps: ApplyDeps) =>
  async (caller: Caller, name: string, credential: Json, given?: string): Promise<void> => {
    const { snapshot } = await configAs(deps.config, caller, 'operator')
    stepUp(caller)
    const stored = replaceable(snapshot, name)
    const next = new Secret(JSON.stringify(credential))
    if (deps.fingerprints.root(next) === stored.fingerprint) return
    const { changes, secret } = await takenIn(deps, caller, snapshot, { stored, credential })
    const replaced = deps.record({
      type: 'root.replaced',
      phase: 'event',
      result: 'ok',
      actor: actorOf(caller),
      request: caller.requestId,
      facts: {
        root: name,
        provider: stored.provider,
        rootVersion: secret.version,
        rootFingerprint: deps.fingerprints.root(next),
      },
    })
    await writeChanges(deps, caller, snapshot, { changes, secrets: [secret], events: [replaced] }, given)
  }

function replaceable(snapshot: ConfigSnapshot, name: string): Root {
  const stored = snapshot.root(name)
  if (!stored) throw new BrokerError('not_found')
  if (stored.source === 'files')
    throw new BrokerError('conflict', {
      detail: `Files own this root: put the new credential where \`roots.${name}.secret\` in broker.yaml says, and run \`broker apply --renew ${name}\``,
    })
  return stored
}

/** What it reaches and what its scopes can do, as the vendor says now. */
async function takenIn(
  deps: ApplyDeps,
  caller: Caller,
  snapshot: ConfigSnapshot,
  { stored, credential }: { readonly stored: Root; readonly credential: Json },
) {
  const { name } = stored
  const whole = storedWith(snapshot)
  const { scopes } = declaredOf(
    snapshot,
    (table, row) => table === 'scopes' && 'root' in row && row.root === name,
  )
  const order = {
    ...whole,
    config: { ...whole.config, roots: { [name]: rootOf(stored) }, scopes },
    secrets: { [name]: credential },
  }
  const ground = {
    environments: snapshot.rows.environments.flatMap(({ row, intact }) => (intact ? [row] : [])),
    anchors: snapshot.anchors(),
  }
  const taken = await prepareRoots(deps, caller, snapshot, order, ground.anchors)
  const [secret] = taken.secrets
  if (!secret) throw new BrokerError('internal')
  const roots = { ...taken, rows: taken.rows.map((row) => ({ ...row, disabled: stored.disabled })) }
  const assessed = await prepareScopes(deps, caller, snapshot, order, ground, roots)
  const changes: RowChange[] = [
    ...changedRows(snapshot, 'roots', roots.rows),
    ...changedRows(snapshot, 'root_environments', roots.uses),
    ...changedRows(snapshot, 'scopes', assessed.rows),
  ]
  return { changes, secret }
}
