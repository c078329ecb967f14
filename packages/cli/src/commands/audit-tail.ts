import type { AuditEvent } from '@credbroker/core/audit/event'
import type { auditPage } from '@credbroker/core/wire/admin'
import type { auditSearchPage } from '@credbroker/core/wire/events'
import type { z } from 'zod'
import { type Cli, EXIT } from '../cli.ts'
import { type Client, connect } from '../client.ts'
import { printable } from '../render/printable.ts'

type Page = z.infer<typeof auditPage>
type Found = z.infer<typeof auditSearchPage>

interface Options {
  readonly lines?: number
  readonly follow?: boolean
  readonly type?: string
  readonly task?: string
  readonly agent?: string
  readonly env?: string
  readonly scope?: string
  readonly lease?: string
  readonly owner?: string
  readonly result?: string
}

interface Entry {
  readonly index: number
  readonly event: AuditEvent
}

const PAUSE_MS = 1000
const LINES = 20
const MOST_LINES = 200

export async function run(cli: Cli, options: Options): Promise<number> {
  const client = await connect(cli)
  const { type, task, agent, env, scope, lease, owner, result } = options
  const wanted = {
    ...(type !== undefined && { type }),
    ...(task !== undefined && { task }),
    ...(agent !== undefined && { actor: agent }),
    ...(env !== undefined && { environment: env }),
    ...(scope !== undefined && { scope }),
    ...(lease !== undefined && { lease }),
    ...(owner !== undefined && { owner }),
    ...(result !== undefined && { result }),
  }
  const entries = Object.keys(wanted).length > 0 ? some(client, options, wanted) : every(client, options)
  for await (const entry of entries) cli.out(lineOf(entry, cli.json))
  return EXIT.ok
}

/** The broker numbers records once, so following is asking for what comes after the last one. */
async function* every(client: Client, { lines = LINES, follow }: Options): AsyncGenerator<Entry> {
  const { size } = await client.get<Page>('/v1/audit', { from: 0, limit: 1 })
  let from = Math.max(0, size - lines)
  for (;;) {
    const page = await client.get<Page>('/v1/audit', { from, limit: 500 })
    for (const { index, record } of page.entries) yield { index, event: JSON.parse(record) as AuditEvent }
    const idle = page.next <= from
    from = Math.max(from, page.next)
    if (from >= page.size || idle) {
      if (!follow) return
      await pause()
    }
  }
}

/** Searching gives the newest first: what is newer than the last one shown, turned around. */
async function* some(
  client: Client,
  { lines = LINES, follow }: Options,
  wanted: Readonly<Record<string, string>>,
): AsyncGenerator<Entry> {
  const search = (more: Readonly<Record<string, string | number>>) =>
    client.get<Found>('/v1/audit/events', { ...wanted, ...more })
  const first = lines > 0 ? lines : 1
  let page = await search({ limit: Math.min(first, MOST_LINES) })
  let last = page.items[0]?.index ?? -1
  if (lines > 0) yield* oldestFirst(page)
  while (follow) {
    await pause()
    const newer: Found['items'] = []
    let cursor: string | undefined
    do {
      page = await search({ limit: MOST_LINES, ...(cursor !== undefined && { cursor }) })
      newer.push(...page.items.filter(({ index }) => index > last))
      cursor = page.items.every(({ index }) => index > last) ? page.next_cursor : undefined
    } while (cursor !== undefined)
    last = newer[0]?.index ?? last
    yield* oldestFirst({ items: newer })
  }
}

const oldestFirst = ({ items }: Pick<Found, 'items'>): Entry[] =>
  items.map(({ index, event }) => ({ index, event: event as unknown as AuditEvent })).reverse()

const pause = () => new Promise((resolve) => setTimeout(resolve, PAUSE_MS))

function lineOf({ index, event }: Entry, json: boolean): string {
  if (json) return `${JSON.stringify({ index, event })}\n`
  const { at, type, phase, result, actor, environment, scope, task, code, reason, facts } = event
  const who = `${actor.kind}:${actor.id}`
  const where = [facts?.name, facts?.change, environment, scope, task, code, reason]
    .filter(Boolean)
    .join(' · ')
  return printable(`${index}  ${at}  ${type} ${phase}${result ? ` ${result}` : ''}  ${who}  ${where}`)
    .trimEnd()
    .concat('\n')
}
