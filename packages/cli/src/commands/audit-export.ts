import { createPublicKey } from 'node:crypto'
import { mkdir, open, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { checkpointLine, entryLine, headerLine } from '@credbroker/core/audit/export'
import { formatVerifier, type NoteVerifier, parseVerifier } from '@credbroker/core/audit/note'
import { verifyAudit } from '@credbroker/core/audit/verify'
import type { auditPage, checkpointView } from '@credbroker/core/wire/admin'
import type { z } from 'zod'
import { type Cli, EXIT } from '../cli.ts'
import { type Client, connect } from '../client.ts'
import { linesOf } from '../local/lines.ts'
import { answer } from '../render/answer.ts'
import { LocalError } from '../usage-error.ts'

/** The names of an export's three files. */
export const EXPORT_FILES = { log: 'audit.jsonl', checkpoint: 'checkpoint', publicKey: 'public-key' } as const

/** Takes what the newest checkpoint covers, so that every record in the export is vouched for, and verifies it at once. */
export async function run(cli: Cli, _options: object, directory: string): Promise<number> {
  const client = await connect(cli)
  const checkpoint = await client.get<z.infer<typeof checkpointView>>('/v1/audit/checkpoint')
  const key = verifierOf(checkpoint)
  const folder = resolve(cli.cwd, directory)
  await mkdir(folder, { recursive: true })
  const log = join(folder, EXPORT_FILES.log)
  await writeLog(client, log, checkpoint)
  await writeFile(join(folder, EXPORT_FILES.checkpoint), checkpoint.note)
  await writeFile(join(folder, EXPORT_FILES.publicKey), `${formatVerifier(key)}\n`)
  const verification = await verifyAudit(linesOf(log), { keys: [key] })
  if (!verification.ok)
    throw new LocalError('What the broker gave does not fit the checkpoint that it signed.', {
      advice: `Keep ${folder}, run \`broker audit verify\` on it, and treat it as an intrusion.`,
    })
  const told = { directory: folder, records: checkpoint.size, public_key: formatVerifier(key) }
  answer(
    cli,
    told,
    () =>
      `${checkpoint.size} records in ${folder}, verified against ${checkpoint.name}.\nKeep the public key elsewhere: it is what makes the next verification worth something.\n`,
  )
  return EXIT.ok
}

/** The key that the broker names, in the form in which keys are pinned. Whether to trust it, the reader decides. */
function verifierOf({ name, public_key }: z.infer<typeof checkpointView>): NoteVerifier {
  try {
    const key = parseVerifier(public_key) ?? { name, publicKey: createPublicKey(public_key) }
    if (parseVerifier(formatVerifier(key))) return key
  } catch {
    // Not a key in either form.
  }
  throw new LocalError('The broker’s public key cannot be read.')
}

async function writeLog(
  client: Client,
  path: string,
  checkpoint: z.infer<typeof checkpointView>,
): Promise<void> {
  const file = await open(path, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    throw new LocalError(
      error.code === 'EEXIST' ? `${path} is there already.` : `${path} cannot be written (${error.code}).`,
      {
        advice: 'Choose an empty directory.',
      },
    )
  })
  try {
    await file.write(`${headerLine(0, Buffer.alloc(0))}\n`)
    for (let from = 0; from < checkpoint.size; ) {
      const limit = Math.min(1000, checkpoint.size - from)
      const page = await client.get<z.infer<typeof auditPage>>('/v1/audit', { from, limit })
      const entries = page.entries.filter(({ index }) => index < checkpoint.size)
      if (entries.length === 0)
        throw new LocalError(`The broker gave no record ${from}, which its checkpoint covers.`)
      await file.write(entries.map(({ index, record }) => `${entryLine(index, record)}\n`).join(''))
      from = (entries.at(-1) as { index: number }).index + 1
    }
    await file.write(`${checkpointLine(checkpoint.note)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
}
