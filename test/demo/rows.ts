import type { Told } from './agent/say.ts'
import { ATTEMPTS, inWords } from './attempts.ts'
import { RAILWAY_ATTEMPTS } from './railway-attempts.ts'

export interface Row {
  readonly attempt: string
  readonly title: string
  readonly without: string
  readonly with: string
  /** `same-user`: not claimed where agent and broker share an operating-system user. */
  readonly held: true | false | 'same-user'
}

/** What an agent has told in one act, or in several. */
interface Acted {
  readonly told: readonly Told[]
}

/** What was tried, what came of it in both acts, and whether the broker held: refused, and for the expected reason. */
export function rowsOf(incident: Acted, two: Acted, separateUser: boolean): Row[] {
  return Object.entries({ ...ATTEMPTS, ...RAILWAY_ATTEMPTS }).map(([attempt, { title, refusals }]) => {
    const find = (told: readonly Told[]) => told.find((one) => one.attempt === attempt)
    const before = find(incident.told)
    const now = find(two.told)
    // An attempt that was not made, or failed for another reason, has shown nothing.
    const expected = now !== undefined && (refusals as readonly string[]).includes(now.code)
    const held = expected && now.outcome !== 'reached'
    return {
      attempt,
      title,
      without: before ? withoutBroker(before) : '-',
      with: now ? withBroker(now) : 'not tried',
      held: attempt === 'state' && !separateUser && !held ? 'same-user' : held,
    }
  })
}

function withoutBroker({ attempt, outcome, seconds, code }: Told): string {
  if (outcome !== 'reached') return inWords(code)
  if (attempt === 'file' || attempt === 'railway-file') return `destroyed in ${seconds.toFixed(2)} s`
  if (attempt === 'session') return 'still open'
  return attempt === 'role-later' ? 'still logs in' : 'logs in as superuser'
}

function withBroker({ attempt, outcome, code, seconds }: Told): string {
  if (outcome === 'reached') return 'GOT IT'
  if (attempt === 'killed') return `cut after ${seconds.toFixed(1)} s`
  if (attempt === 'session') return seconds < 0 ? 'cut at the end' : `cut ${seconds.toFixed(1)} s later`
  return inWords(code)
}
