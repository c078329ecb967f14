import type { Overview } from '@credbroker/core/wire/reports'
import type { Root } from '../../domain/config.ts'
import type { ConfigSnapshot } from '../../domain/snapshot.ts'

const DAY_MS = 86_400_000
/** A root that nobody has rotated for so long, or whose reach nobody has read. */
const OLD_DAYS = 90
const UNCHECKED_DAYS = 30
const MOST = 50

type Attention = Overview['roots']['attention'][number]

/** Roots that a person should do something about, the worst first. */
export function rootsToLookAt(
  { rows }: Pick<ConfigSnapshot, 'rows'>,
  leaked: readonly { readonly root: string; readonly version: number }[],
  now: Date,
): Attention[] {
  const isLeaked = ({ name, version }: Root) =>
    leaked.some((one) => one.root === name && one.version === version)
  const days = (since: string): number => Math.floor((now.getTime() - Date.parse(since)) / DAY_MS)
  return rows.roots
    .filter(({ row }) => !row.disabled)
    .map(({ row, intact }) => ({
      name: row.name,
      owner: row.owner,
      why: [
        ...(isLeaked(row) ? ['leaked'] : []),
        ...(intact ? [] : ['tampered']),
        ...(row.state === 'unusable' ? ['unusable'] : []),
        ...new Set(row.findings.filter(({ level }) => level !== 'advice').map(({ code }) => code)),
        ...(days(row.addedAt) >= OLD_DAYS ? ['old'] : []),
        ...(days(row.checkedAt) >= UNCHECKED_DAYS ? ['unchecked'] : []),
      ],
      age_days: Math.max(0, days(row.addedAt)),
      checked_at: row.checkedAt,
    }))
    .filter(({ why }) => why.length > 0)
    .sort(
      (a, b) =>
        Number(b.why.includes('leaked')) - Number(a.why.includes('leaked')) ||
        b.why.length - a.why.length ||
        b.age_days - a.age_days,
    )
    .slice(0, MOST)
}
