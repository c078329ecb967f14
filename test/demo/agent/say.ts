import type { Attempt } from '../attempts.ts'

/** What became of one attempt, in the agent's own words. Whether it harmed anything is checked from outside. */
export interface Told {
  readonly attempt: Attempt
  /** `absent`: there was nothing to try. */
  readonly outcome: 'reached' | 'refused' | 'absent'
  /** A SQLSTATE, a code of the broker, an errno. */
  readonly code: string
  readonly detail: string
  /** Since this process began. */
  readonly seconds: number
}

export function tell(attempt: Attempt, outcome: Told['outcome'], code: string, detail = ''): void {
  const seconds = Math.round(performance.now()) / 1000
  process.stdout.write(`${JSON.stringify({ attempt, outcome, code, detail, seconds } satisfies Told)}\n`)
}

/** The code of whatever was thrown; never its text, which may quote what it was given. */
export function codeOf(error: unknown): string {
  const { code, status } = (error ?? {}) as { code?: unknown; status?: unknown }
  return String(code ?? status ?? 'failed')
}
