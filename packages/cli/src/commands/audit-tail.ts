import type { AuditEvent } from '@credbroker/core/audit/event'
import type { auditPage } from '@credbroker/core/wire/admin'
import type { z } from 'zod'
import { type Cli, EXIT } from '../cli.ts'
import { connect } from '../client.ts'
import { printable } from '../render/printable.ts'

type Page = z.infer<typeof auditPage>

const PAUSE_MS = 1000

/** The broker numbers records once, so following is asking for what comes after the last one. */
export async function run(cli: Cli, options: { lines?: number; follow?: boolean }): Promise<number> {
  const client = await connect(cli)
  const { size } = await client.get<Page>('/v1/audit', { from: 0, limit: 1 })
  let from = Math.max(0, size - (options.lines ?? 20))
  for (;;) {
    const page = await client.get<Page>('/v1/audit', { from, limit: 500 })
    for (const { index, record } of page.entries) cli.out(lineOf(index, record, cli.json))
    const idle = page.next <= from
    from = Math.max(from, page.next)
    if (from >= page.size || idle) {
      if (!options.follow) return EXIT.ok
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    }
  }
}

function lineOf(index: number, record: string, json: boolean): string {
  const event = JSON.parse(record) as AuditEvent
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
