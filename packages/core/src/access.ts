/** Access levels of an operation, weakest first. The last four are dangerous: see {@link isDangerous}. */
export const ACCESS = ['read', 'write', 'delete', 'admin', 'secret', 'execute'] as const
export type Access = (typeof ACCESS)[number]

const DANGEROUS: ReadonlySet<Access> = new Set(['delete', 'admin', 'secret', 'execute'])

/** `delete` cannot be undone, `admin` is privilege or persistence, `secret` reads secrets, `execute` runs code. */
export const isDangerous = (access: Access): boolean => DANGEROUS.has(access)

/** How much harm a level can do, least first: what an operation counts as in policies where it has several. */
const HARM: readonly Access[] = ['read', 'write', 'secret', 'execute', 'delete', 'admin']

/** Nothing known is `admin` (I4b). */
export const mostDangerous = (levels: readonly Access[]): Access =>
  levels.reduce<Access | undefined>(
    (worst, level) => (worst === undefined || HARM.indexOf(level) > HARM.indexOf(worst) ? level : worst),
    undefined,
  ) ?? 'admin'

/** Which copy of the data an operation touches. */
export const SIDES = ['primary', 'backup'] as const
export type Side = (typeof SIDES)[number]

/** `disposable`: destruction is fine · `standard`: danger needs a person · `protected`: the same, and so do changes to what it allows. */
export const TIERS = ['disposable', 'standard', 'protected'] as const
export type Tier = (typeof TIERS)[number]

/** Keeps the declared order of {@link ACCESS} and drops duplicates, so that two equal sets are equal arrays. */
export const sortAccess = (levels: Iterable<Access>): Access[] => {
  const wanted = new Set(levels)
  return ACCESS.filter((level) => wanted.has(level))
}
