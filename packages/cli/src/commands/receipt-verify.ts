import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { verifyReceipt } from '@credbroker/core/receipt/verify-receipt'
import { type Cli, EXIT } from '../cli.ts'
import { answer } from '../render/answer.ts'
import { verdictText } from '../render/receipt-verdict.ts'
import { LocalError, UsageError } from '../usage-error.ts'
import { readKeys } from './audit-verify.ts'

/** A receipt of a task with some 100,000 calls. */
const LARGEST = 512 * 1024 * 1024

/** Needs neither network nor broker. A key that came with the receipt would prove nothing, so there is none in it. */
export async function verifyFile(
  cli: Cli,
  name: string,
  publicKey: string | undefined,
  task: string | undefined,
): Promise<number> {
  if (publicKey === undefined)
    throw new UsageError(
      'Whose log? Give --public-key FILE.',
      '`broker audit export` writes the key of this broker; keep it elsewhere.',
    )
  const keys = await readKeys(resolve(cli.cwd, publicKey))
  const verification = verifyReceipt(await readReceipt(resolve(cli.cwd, name)), keys)
  const { summary, answers, findings } = verification
  const other = task !== undefined && summary !== undefined && summary.task.id !== task
  const ok = verification.ok && !other
  answer(
    cli,
    { ok, findings, answers, ...(other && { other_task: true }), ...(summary && { summary }) },
    (columns) => verdictText({ ...verification, ok }, other, columns),
  )
  return ok ? EXIT.ok : EXIT.failed
}

async function readReceipt(path: string): Promise<string> {
  try {
    if ((await stat(path)).size > LARGEST) throw new LocalError(`${path} is too large to be a receipt.`)
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof LocalError) throw error
    throw new LocalError(`${path} cannot be read (${(error as NodeJS.ErrnoException).code}).`)
  }
}
