import { access } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { findCheckpointNotes } from '@credbroker/core/audit/checkpoint'
import { type NoteVerifier, parseVerifier } from '@credbroker/core/audit/note'
import { type AuditFinding, type AuditVerification, verifyAudit } from '@credbroker/core/audit/verify'
import { type Cli, EXIT } from '../cli.ts'
import { readText } from '../config/read-directory.ts'
import { linesOf } from '../local/lines.ts'
import { answer } from '../render/answer.ts'
import { LocalError } from '../usage-error.ts'
import { EXPORT_FILES } from './audit-export.ts'

interface Options {
  readonly publicKey?: string
  readonly checkpoint?: string
}

/** Needs neither network nor broker. Without a pinned key and a kept checkpoint it proves less, and says so. */
export async function run(cli: Cli, options: Options, directory: string): Promise<number> {
  const folder = resolve(cli.cwd, directory)
  await access(folder).catch(() => {
    throw new LocalError(`There is no ${folder}.`, {
      advice: 'Make one with `broker audit export DIRECTORY`.',
    })
  })
  const pinned = options.publicKey === undefined ? undefined : resolve(cli.cwd, options.publicKey)
  const keys = await readKeys(pinned ?? join(folder, EXPORT_FILES.publicKey))
  const held = options.checkpoint === undefined ? [] : await readNotes(resolve(cli.cwd, options.checkpoint))
  const log = join(folder, EXPORT_FILES.log)
  await access(log).catch(() => {
    throw new LocalError(`There is no ${log}.`)
  })
  const verification = await verifyAudit(linesOf(log), { keys, held })
  const proves = { pinned_key: pinned !== undefined, held_checkpoints: held.length }
  const { verifiedSize: verified_size, unknownCount: unknown_count, ...rest } = verification
  answer(cli, { ...rest, verified_size, unknown_count, ...proves }, () => text(verification, proves))
  return verification.ok ? EXIT.ok : EXIT.failed
}

export async function readKeys(path: string): Promise<NoteVerifier[]> {
  const lines = ((await readText(path)) ?? '').split('\n').filter((line) => line.trim() !== '')
  const keys = lines.map((line) => parseVerifier(line))
  if (keys.length === 0 || keys.includes(undefined))
    throw new LocalError(`${path} does not hold public keys of a log.`, {
      advice: 'One a line: NAME+ID+KEY.',
    })
  return keys as NoteVerifier[]
}

async function readNotes(path: string): Promise<string[]> {
  const notes = findCheckpointNotes((await readText(path)) ?? '')
  if (notes.length === 0) throw new LocalError(`${path} does not hold a checkpoint.`)
  return notes
}

function text(
  verification: AuditVerification,
  proves: { pinned_key: boolean; held_checkpoints: number },
): string {
  const { ok, size, verifiedSize, checkpoints, findings, unknown, unknownCount, clock } = verification
  const lines = [
    ...findings.map((finding) => `FINDING  ${sentence(finding)}`),
    `${verifiedSize} of ${size} records are what the log signed (${checkpoints} ${checkpoints === 1 ? 'checkpoint' : 'checkpoints'}).`,
  ]
  if (unknownCount > 0)
    lines.push(
      `Without an outcome, so nobody knows whether it took effect: ${unknown
        .slice(0, 5)
        .map((one) => `${one.type} (record ${one.index})`)
        .join(', ')}${unknownCount > 5 ? ` and ${unknownCount - 5} more` : ''}.`,
    )
  if (clock.regressions > 0)
    lines.push(
      `Clocks ran backwards ${clock.regressions === 1 ? 'once' : `${clock.regressions} times`}, by ${clock.largestSeconds} s at most.`,
    )
  if (!proves.pinned_key)
    lines.push('note: the key came with the export; pin it with --public-key to prove who signed.')
  if (proves.held_checkpoints === 0)
    lines.push('note: a cut tail shows only against a --checkpoint that you kept.')
  lines.push(ok ? 'Verified.' : 'NOT VERIFIED.')
  return `${lines.join('\n')}\n`
}

function sentence({ kind, ...facts }: AuditFinding): string {
  const details = Object.entries(facts).map(([key, value]) => `${key} ${value}`)
  return [kind.replaceAll('_', ' '), ...details].join(', ')
}
