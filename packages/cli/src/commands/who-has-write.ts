import { whoHasWriteCsv } from '@credbroker/core/who-has-write-csv'
import type { WhoHasWrite } from '@credbroker/core/wire/who-has-write'
import { type Cli, EXIT } from '../cli.ts'
import { type Client, connect } from '../client.ts'
import { answer } from '../render/answer.ts'
import { unusedText, whoHasWriteText } from '../render/who-has-write.ts'
import { LocalError, UsageError } from '../usage-error.ts'

interface Options {
  readonly env?: string
  readonly access?: string
  readonly agent?: string
  readonly user?: string
  readonly unused?: boolean
  readonly days?: number
  readonly csv?: boolean
}

export async function run(cli: Cli, options: Options): Promise<number> {
  const { env, access, agent, user, days } = options
  if (agent !== undefined && user !== undefined) throw new UsageError('Either --agent or --user, not both.')
  if (options.csv && (cli.json || options.unused))
    throw new UsageError('--csv is a form of its own: without --json and --unused.')
  const principal = agent !== undefined ? `agent:${agent}` : user === undefined ? undefined : `user:${user}`
  const found = await whole(await connect(cli), { environment: env, access, principal, unused_days: days })
  if (options.csv) cli.out(whoHasWriteCsv(found.items))
  else answer(cli, found, (columns) => (options.unused ? unusedText : whoHasWriteText)(found, columns))
  return EXIT.ok
}

const PAGES = 1000

/** All pages as one. They are as of one version of the configuration, or the answer would be about no moment at all. */
async function whole(
  client: Client,
  query: Readonly<Record<string, string | number | undefined>>,
): Promise<WhoHasWrite> {
  for (let attempt = 0; attempt < 3; attempt++) {
    const found = await once(client, query)
    if (found) return found
  }
  throw new LocalError('The configuration keeps changing.', { advice: 'Ask again.' })
}

async function once(
  client: Client,
  query: Readonly<Record<string, string | number | undefined>>,
): Promise<WhoHasWrite | undefined> {
  const path = '/v1/reports/who-has-write'
  const { next_cursor: second, ...first } = await client.get<WhoHasWrite>(path, query)
  const items = [...first.items]
  for (let cursor = second, page = 1; cursor !== undefined; page++) {
    if (page > PAGES) throw new LocalError('The broker’s list did not end.')
    const next = await client.get<WhoHasWrite>(path, { ...query, cursor })
    if (next.version !== first.version) return undefined
    items.push(...next.items)
    cursor = next.next_cursor
  }
  return { ...first, items }
}
