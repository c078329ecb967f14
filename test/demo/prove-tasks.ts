import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { AuditEvent } from '@credbroker/core/audit/event'
import { parseVerifier } from '@credbroker/core/audit/note'
import { canonicalJson, type Json } from '@credbroker/core/canonical-json'
import type { ReceiptVerification } from '@credbroker/core/receipt/findings'
import { verifyReceipt } from '@credbroker/core/receipt/verify-receipt'
import { BrokerApiError } from '@credbroker/sdk/errors'
import { operate } from './operator.ts'
import type { Stage } from './stage.ts'

export interface Proven {
  /** The receipt of each task: final, and verified offline against the key that was kept before the agent began. */
  readonly proven: readonly (readonly string[])[]
  readonly allProven: boolean
  /** One changed letter in a copy of a receipt. */
  readonly forgeryNoticed: boolean
}

/** Takes the receipt of every task, and verifies each by nothing but the key that was kept before the agent began. */
export async function proveTasks(
  stage: Stage,
  { key }: { readonly key: string },
  events: readonly AuditEvent[],
): Promise<Proven> {
  const pinned = parseVerifier(await readFile(key, 'utf8'))
  if (!pinned) throw new Error('no key was kept')
  const tasks = new Set(events.flatMap(({ type, task }) => (type === 'task.started' && task ? [task] : [])))
  const proven = new Map<string, ReceiptVerification>()
  for (const task of tasks) proven.set(task, verifyReceipt(await receiptOf(stage, task), [pinned]))
  const approved = [...proven].find(([, { summary }]) => (summary?.destroyed.length ?? 0) > 0)?.[0]
  return {
    proven: [...proven].map(rowOf),
    allProven:
      tasks.size > 0 && [...proven.values()].every(({ ok, summary }) => ok && summary?.state === 'final'),
    forgeryNoticed: approved !== undefined && (await provesAtTheCommandLine(stage, key, approved)),
  }
}

/** The tasks of the demonstration are short: one page each. Until the log covers it, the broker says so. */
async function receiptOf({ broker }: Stage, task: string): Promise<string> {
  for (let tries = 1; ; tries++) {
    try {
      return canonicalJson(await broker.admin.request<Json>({ method: 'GET', path: `/v1/receipts/${task}` }))
    } catch (error) {
      if (!(error instanceof BrokerApiError && error.code === 'receipt_pending') || tries === 60) throw error
      await sleep(500)
    }
  }
}

/** The same by hand, for the task that something was destroyed in, and one changed letter. */
async function provesAtTheCommandLine(stage: Stage, key: string, task: string): Promise<boolean> {
  const file = join(stage.broker.home, `${task}.json`)
  await operate(stage, 'receipt', task, '--out', file)
  const verify = async (name: string) =>
    (await stage.broker.cli(['receipt', '--verify', name, '--public-key', key], { env: OFFLINE })).code
  await writeFile(`${file}.forged`, (await readFile(file, 'utf8')).replace('task.started', 'task.staated'))
  return (await verify(file)) === 0 && (await verify(`${file}.forged`)) === 1
}

/** Nobody listens there. */
const OFFLINE = { BROKER_URL: 'http://127.0.0.1:1' }

const rowOf = ([task, { ok, summary }]: readonly [string, ReceiptVerification]): string[] => [
  `…${task.slice(-6)}`,
  ok ? `${summary?.state}, verified` : 'NOT VERIFIED',
  String(summary?.records ?? 0),
  String(summary?.calls.length ?? 0),
  (summary?.approvals ?? [])
    .flatMap(({ answers }) => answers.map(({ user, verdict }) => `${user} ${verdict}`))
    .join(' '),
  (summary?.destroyed ?? [])
    .map(({ operation, duration_ms }) => `${operation} in ${duration_ms ?? '?'} ms`)
    .join(' '),
]
