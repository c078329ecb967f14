import type { Asked } from '../approved.ts'
import type { Placed } from '../workplace.ts'
import { describe } from './describe.ts'
import { printable } from './printable.ts'
import { table } from './table.ts'

/** What somebody reads whose command waits. */
export const waitingText = ({ id, url }: Asked): string =>
  `Nothing is changed before a person approves it${url === undefined ? '' : `: ${printable(url)}`}\nWaiting for ${printable(id)} …\n`

const CANNOT = 'Nobody can approve at the command line: that takes a person with a passkey, in a browser.\n'

export const approvalTable = (items: readonly Placed[], columns?: number): string =>
  table(
    ['approval', 'state', 'environment', 'asked by', 'what', 'works where (claimed)', 'ends', 'answer at'],
    items.map((view) => [
      view.id,
      view.state,
      view.environment,
      view.work?.agent ?? view.requester,
      whatOf(view),
      whereOf(view),
      view.usable_until ?? view.ends_at,
      view.url,
    ]),
    columns,
  ) + CANNOT

function whatOf({ kind, requests = [], scope, changes = [] }: Placed): string {
  if (kind === 'config') return `${changes.filter((line) => !line.startsWith(' ')).length} changes`
  if (kind === 'scope') return `anything: ${(scope?.access ?? []).join(' ')}`
  return requests.flatMap(({ operations }) => operations.map(({ name }) => name)).join(' ')
}

/** As the agent's client says. Nothing of it is known. */
function whereOf({ work }: Placed): string | undefined {
  const { scan, sandbox, allowed_findings: allowed = [] } = work?.claimed ?? {}
  if (sandbox === undefined) return undefined
  const passed = allowed.length > 0 ? ` ${allowed.length}` : ''
  return `${scan ? `scan ${scan}${passed}` : 'nothing of a scan'}, ${sandbox ? 'sandbox' : 'no sandbox'}`
}

/** What an agent claimed says so by the name of its group. */
export const approvalText = ({ changes, ...view }: Placed): string =>
  [
    describe(view),
    ...(changes === undefined ? [] : ['changes:\n', ...changes.map((line) => `  ${printable(line)}\n`)]),
    CANNOT,
  ].join('')
