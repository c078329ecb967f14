import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, vi } from 'vitest'
import type { Line } from './line.ts'

const OPEN_INTENTS = `
  SELECT e ->> 'id' AS id, e ->> 'type' AS type FROM (SELECT record::jsonb AS e FROM audit_log) intents
  WHERE e ->> 'phase' = 'intent' AND NOT EXISTS (
    SELECT FROM (SELECT record::jsonb AS o FROM audit_log) outcomes
    WHERE o ->> 'phase' = 'outcome' AND o ->> 'intent' = e ->> 'id' AND o ->> 'result' <> 'unknown')`

const VENDOR_NAMES = `SELECT DISTINCT record::jsonb -> 'facts' ->> 'vendorName' AS name FROM audit_log
  WHERE record::jsonb ->> 'type' = 'lease.minted' AND record::jsonb ->> 'phase' = 'intent'`

/**
 * The log as an auditor gets it: exported and verified offline against the checkpoints that were kept outside. Answers
 * how many intents have no outcome.
 */
export async function checkAudit({ broker, shop, database }: Line): Promise<number> {
  const count = async (statement: string) => Number((await shop.admin(statement, database))[0]?.['n'])
  await vi.waitUntil(
    async () =>
      (await count('SELECT count(*) AS n FROM audit_pending')) === 0 &&
      (await count('SELECT max(size) AS n FROM audit_checkpoints')) ===
        (await count('SELECT count(*) AS n FROM audit_log')),
    { timeout: 20_000, interval: 200 },
  )
  const directory = join(broker.home, 'export')
  // The export itself is recorded: what is kept afterwards vouches for more than it holds.
  const kept = join(broker.home, 'kept')
  await copyFile(join(broker.stateDir, 'checkpoints'), kept)
  expect(await broker.cli(['audit', 'export', directory])).toMatchObject({ code: 0 })
  const ran = await broker.cli(['audit', 'verify', directory, '--checkpoint', kept, '--json'])
  const verification = JSON.parse(ran.stdout)
  expect(verification).toMatchObject({ ok: true, findings: [] })
  expect(ran.code).toBe(0)
  const open = await shop.admin(OPEN_INTENTS, database)
  expect(verification.unknown_count).toBe(open.length)
  expect(new Set(verification.unknown.map(({ id }: { id: string }) => id))).toEqual(
    new Set(open.map(({ id }) => id).slice(0, verification.unknown.length)),
  )
  return open.length
}

/** The vendor-side names that the broker said it would mint. */
export const announcedNames = async ({ shop, database }: Line): Promise<string[]> =>
  (await shop.admin(VENDOR_NAMES, database)).map(({ name }) => String(name))
