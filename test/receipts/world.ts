import { createPublicKey } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { formatVerifier, type NoteVerifier, parseVerifier } from '@credbroker/core/audit/note'
import { canonicalJson, type Json } from '@credbroker/core/canonical-json'
import { joinReceipt } from '@credbroker/core/receipt/join'
import { summarise } from '@credbroker/core/receipt/summarise'
import type { Receipt, ReceiptSummary } from '@credbroker/core/wire/receipts'
import { vi } from 'vitest'
import { type ApiWorld, startApiWorld, type Work } from '../gateway/world.ts'
import { type Approver, approvers } from '../harness/approver.ts'
import { type Answer, send } from '../security/wire.ts'

export const RECOVERY = {
  backups: 's3://backups/orders',
  authority: 'the storage team',
  lastRestoreTest: '2026-04-01',
  separateAuthority: true,
}

export interface ReceiptWorld extends ApiWorld {
  readonly mia: Approver
  readonly noa: Approver
  readonly ada: Approver
  readonly key: NoteVerifier
  /** All pages, joined, once the log covers the task. */
  receipt(task: string, limit?: number): Promise<Receipt & { readonly summary: ReceiptSummary }>
  end(work: Pick<Work, 'id'>): Promise<unknown>
}

/** What an agent of noa's deletes takes two. */
const BOTH = `@id("both") @approval("two-person") @reason("Two decide.")
forbid(principal == Agent::"other", action in Action::"delete", resource)
unless { context has approval && context.approval.level == Approval::"two-person" };
`

/** A broker whose root says where the backups are, with three approvers. */
export async function startReceiptWorld(): Promise<ReceiptWorld> {
  const world = await startApiWorld()
  const directory = join(world.broker.home, 'broker')
  const file = join(directory, 'broker.yaml')
  const config = JSON.parse(await readFile(file, 'utf8'))
  config.roots.api = { ...config.roots.api, recovery: RECOVERY }
  config.agents.fixer = { ...config.agents.fixer, tool: 'claude-code', model: 'opus-4' }
  config.users.ada = { roles: ['approver'] }
  await writeFile(file, JSON.stringify(config))
  await writeFile(join(directory, 'policies', 'both.cedar'), BOTH)
  const applied = await world.broker.cli(['apply', '-f', directory, '--yes'])
  if (applied.code !== 0) throw new Error(`${applied.stdout}${applied.stderr}`)
  const { mia, noa, ada } = await approvers(world.broker, 'mia', 'noa', 'ada')
  const { admin } = world.broker
  const signed = await vi.waitFor(
    () =>
      admin.request<{ name: string; public_key: string }>({ method: 'GET', path: '/v1/audit/checkpoint' }),
    20_000,
  )
  const key = parseVerifier(signed.public_key) ?? {
    name: signed.name,
    publicKey: createPublicKey(signed.public_key),
  }
  const page = (task: string, limit: number, cursor?: string) =>
    vi.waitFor(
      () =>
        admin.request<Receipt>({
          method: 'GET',
          path: `/v1/receipts/${task}?limit=${limit}${cursor === undefined ? '' : `&cursor=${cursor}`}`,
        }),
      { timeout: 30_000, interval: 300 },
    )
  return {
    ...world,
    mia,
    noa,
    ada,
    key,
    async receipt(task, limit = 500) {
      const first = await page(task, limit)
      const pages: [Receipt, ...Receipt[]] = [first]
      for (let next = first.next_cursor; next !== undefined; next = pages.at(-1)?.next_cursor)
        pages.push(await page(task, limit, next))
      const joined = joinReceipt(pages)
      return { ...joined, summary: summarise(joined) }
    },
    end: ({ id }) => admin.request({ method: 'POST', path: `/v1/tasks/${id}/end` }),
  }
}

export const written = (receipt: Receipt): string => canonicalJson(receipt as unknown as Json)
export const pinned = (key: NoteVerifier): string => `${formatVerifier(key)}\n`

/** Asks for a deletion, has it approved, and does it. */
export async function approvedDrop(
  work: Work,
  path: string,
  ...people: readonly Approver[]
): Promise<Answer> {
  const asked = await work.call('DELETE', path)
  const id = asked.headers.get('broker-approval') ?? ''
  for (const person of people) await person.approve(id)
  return await work.call('DELETE', path, { headers: { 'broker-approval': id } })
}

/** The receipt as this agent is given it. */
export const seenBy = (world: ApiWorld, work: Work): Promise<Answer> =>
  send(world.broker, {
    method: 'GET',
    path: `/v1/receipts/${work.id}`,
    token: work.token,
    key: work.who.key,
  })
