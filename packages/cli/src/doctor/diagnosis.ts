/** `danger`: somebody can get what they should not · `warning`: worth changing · `advice`: good to know. */
const LEVELS = ['danger', 'warning', 'advice'] as const

export interface Finding {
  readonly level: (typeof LEVELS)[number]
  /** Stable, for programs. */
  readonly code: string
  readonly message: string
  /** What to do about it. */
  readonly todo: string
}

export const byDanger = (findings: readonly Finding[]): Finding[] =>
  findings.toSorted((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level))
