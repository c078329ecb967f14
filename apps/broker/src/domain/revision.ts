import { canonicalHash, type Json } from '@credbroker/core/canonical-json'
import { NO_REVISION } from '@credbroker/core/wire/owned'
import type { ConfigTable } from './config.ts'
import type { ConfigSnapshot } from './snapshot.ts'

/** What the broker finds out by itself is nobody's edit. */
const FOUND_OUT: Partial<Record<ConfigTable, readonly string[]>> = {
  environments: ['recoveryGroup'],
  roots: [
    ...['state', 'identity', 'reach', 'unclaimed', 'findings'],
    ...['version', 'fingerprint', 'addedAt', 'checkedAt'],
  ],
  scopes: ['access', 'evidence', 'operations', 'form'],
}

/** Of what people say of one object: another one as soon as somebody says something else, and the same where they take it back. */
export function revisionOf(
  { rows }: Pick<ConfigSnapshot, 'rows'>,
  table: Exclude<ConfigTable, 'anchors' | 'root_environments' | 'controls'>,
  name: string,
): string {
  const entries = rows[table] as readonly { readonly row: { readonly name: string } }[]
  const row = entries.find((entry) => entry.row.name === name)?.row
  if (!row) return NO_REVISION
  const hidden = FOUND_OUT[table] ?? []
  const said = Object.entries(row).filter(([member]) => !hidden.includes(member))
  const anchors = rows.anchors.flatMap(({ row: { vendor, id, environment, shared } }) =>
    table === 'environments' && environment === name ? [`${vendor} ${id} ${shared}`] : [],
  )
  const text = JSON.parse(JSON.stringify([Object.fromEntries(said), anchors.toSorted()])) as Json
  return canonicalHash(text).slice(0, 22)
}
