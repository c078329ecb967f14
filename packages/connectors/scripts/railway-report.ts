import { entryOf } from '../src/railway/catalogue.ts'
import { mostOf } from '../src/railway/most.ts'
import { VENDOR_OPERATIONS } from '../src/railway/pinned/operations.gen.ts'
import { REFUSALS } from '../src/refusals.ts'

export const RAILWAY_REPORT_PATH = 'docs/connectors/railway-operations.md'

/** What of the vendor's schema is classified, how, and what is not. */
export function generateRailwayReport(): string {
  const open: string[] = []
  const closed: string[] = []
  const unclassified: string[] = []
  for (const name of [...VENDOR_OPERATIONS].sort()) {
    const entry = entryOf(name)
    if (!entry) unclassified.push(`\`${name}\``)
    else if ('closed' in entry) closed.push(`| \`${name}\` | ${entry.access} | \`${entry.closed}\` |`)
    else {
      const { access, touches, erases } = mostOf(name)
      const places = Object.values(entry.at).map((path) => `\`${path}\``)
      open.push(
        `| \`${name}\` | ${access.join(', ')} | ${touches.join(', ')} | ${erases.join(', ') || '–'} | ${places.join(', ') || '–'} |`,
      )
    }
  }
  return `<!-- Generated from packages/connectors/src/railway by packages/connectors/scripts/railway-report.ts. Do not edit. -->
# Railway’s operations

Of ${VENDOR_OPERATIONS.length} operations in the vendor’s schema, ${open.length} can be called, ${closed.length} are known and always denied, and
${unclassified.length} are unclassified and denied. Queries carry \`query.\` before their name.

## Can be called, where scope, policy and approval allow it

Levels and sides are the most that the operation can do: a call that carries a configuration does what stands in it, and one
that asks for no secret field is not \`secret\`. Each place named must be given, and is looked for at the vendor.

| Operation | Access | Touches | Erases | Places |
|---|---|---|---|---|
${open.join('\n')}

## Known, and always denied

${['outside_environments', 'opaque_input', 'unresolvable', 'answers_credential'].map((code) => `- \`${code}\`: ${REFUSALS[code as keyof typeof REFUSALS]}`).join('\n')}

| Operation | Access | Refused as |
|---|---|---|
${closed.join('\n')}

## Unclassified

Nobody has said what these do, so they are refused as \`unclassified\`. It does not mean that they are safe.

${unclassified.join(', ')}
`
}
