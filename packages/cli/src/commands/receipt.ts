import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { canonicalJson, type Json } from '@credbroker/core/canonical-json'
import { joinReceipt } from '@credbroker/core/receipt/join'
import { summarise } from '@credbroker/core/receipt/summarise'
import type { Receipt } from '@credbroker/core/wire/receipts'
import { BrokerApiError } from '@credbroker/sdk/errors'
import { type Cli, EXIT } from '../cli.ts'
import { type Client, connect, idSegment } from '../client.ts'
import { receiptText } from '../render/receipt.ts'
import { LocalError, UsageError } from '../usage-error.ts'

export interface ReceiptOptions {
  readonly out?: string
  readonly verify?: string
  readonly publicKey?: string
}

export async function run(cli: Cli, options: ReceiptOptions, task?: string): Promise<number> {
  if (options.verify !== undefined) {
    const { verifyFile } = await import('./receipt-verify.ts')
    return await verifyFile(cli, options.verify, options.publicKey, task)
  }
  if (task === undefined) throw new UsageError('Which task?', '`broker task list` shows them.')
  if (options.publicKey !== undefined)
    throw new UsageError(
      '--public-key is for --verify.',
      'Write the receipt with --out, then verify that file.',
    )
  const receipt = await fetchReceipt(await connect(cli), idSegment('task', task))
  const summary = summarise(receipt)
  const written = `${canonicalJson({ ...receipt, summary } as unknown as Json)}\n`
  const file = options.out === undefined ? undefined : resolve(cli.cwd, options.out)
  if (file !== undefined) await write(file, written)
  if (cli.json) cli.out(written)
  else
    cli.out(receiptText(summary, cli.columns) + (file === undefined ? UNVERIFIED : `\nWritten to ${file}.\n`))
  return EXIT.ok
}

const UNVERIFIED =
  '\nAs the broker tells it. To prove it: --out FILE, then broker receipt --verify FILE --public-key KEY\n'

/** What somebody wrote there before may be the only copy. */
async function write(file: string, text: string): Promise<void> {
  await writeFile(file, text, { flag: 'wx', mode: 0o600 }).catch((error: NodeJS.ErrnoException) => {
    throw new LocalError(
      error.code === 'EEXIST' ? `${file} is there already.` : `${file} cannot be written (${error.code}).`,
    )
  })
}

async function fetchReceipt(client: Client, task: string): Promise<Receipt> {
  const first = await untilCovered(() => client.get<Receipt>(`/v1/receipts/${task}`))
  const pages: [Receipt, ...Receipt[]] = [first]
  for (let cursor = first.next_cursor; cursor !== undefined; cursor = pages.at(-1)?.next_cursor) {
    if (pages.length === MOST_PAGES) throw new LocalError('The broker’s receipt did not end.')
    pages.push(await client.get<Receipt>(`/v1/receipts/${task}`, { cursor }))
  }
  return joinReceipt(pages)
}

const MOST_PAGES = 1000
const TRIES = 15

/** Records are numbered and signed a moment after they are written. */
async function untilCovered<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask()
    } catch (error) {
      const pending = error instanceof BrokerApiError && error.code === 'receipt_pending'
      if (!pending || tries === TRIES) throw error
      await sleep((error.retryAfterSeconds ?? 1) * 1000)
    }
  }
}
