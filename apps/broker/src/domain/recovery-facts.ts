import type { BackupFacts } from '@credbroker/policy/request'
import type { Root } from './config.ts'

/** A test of restoring counts for so long. */
const TESTED_DAYS = 90
const DAY_MS = 24 * 3600 * 1000

/**
 * What is on record about getting back what a root can destroy. `newestBackup` is what the vendor said of the call at hand,
 * as ISO 8601; without it nobody knows how old a backup is. A doubt is the worse answer: a test that lies in the future, or a
 * date that is none, is no test.
 */
export function recoveryFacts(
  { recovery }: Pick<Root, 'recovery'>,
  now: Date,
  newestBackup?: unknown,
): BackupFacts & { readonly separateAuthority: boolean; readonly restoreTested: boolean } {
  const tested = ageMs(recovery.lastRestoreTest, now)
  const backup = ageMs(newestBackup, now)
  return {
    ...(backup !== undefined && { ageSeconds: Math.floor(backup / 1000) }),
    separateAuthority: recovery.separateAuthority === true,
    restoreTested: tested !== undefined && tested <= (TESTED_DAYS + 1) * DAY_MS,
  }
}

function ageMs(date: unknown, now: Date): number | undefined {
  const at = typeof date === 'string' ? Date.parse(date) : Number.NaN
  const age = now.getTime() - at
  return age >= 0 ? age : undefined
}
