import type { JSONValue, TransactionSql } from 'postgres'
import type { Approval } from '../../domain/approval.ts'

/**
 * I4: how many questions of this agent or user wait, and how many it asked within an hour, whatever they are about. Counting and
 * asking are one step for each who asks, whichever replica they ask: the lock is taken before the statement that counts, so that it
 * sees what any replica stored before.
 */
export async function countQuestions(
  tx: TransactionSql,
  requester: string,
): Promise<{ readonly waiting: number; readonly lately: number }> {
  await tx`SELECT pg_advisory_xact_lock(hashtextextended(${`questions of ${requester}`}, 0))`
  const [row] = await tx<{ waiting: number; lately: number }[]>`
    SELECT
      count(*) FILTER (WHERE a.state = 'pending' AND (a.body ->> 'endsAt')::timestamptz > clock_timestamp()
        AND NOT EXISTS (SELECT FROM tasks t WHERE t.id = a.task AND t.state = 'ended')
        AND NOT EXISTS (SELECT FROM grants g WHERE g.id = a.body -> 'work' ->> 'grant' AND g.state IN ('ended', 'denied')))::int AS waiting,
      count(*) FILTER (WHERE a.asked_at > clock_timestamp() - interval '1 hour')::int AS lately
    FROM approvals a
    -- A question waits for an hour at most (I3), so older ones count for neither.
    WHERE a.requester = ${requester} AND a.asked_at > clock_timestamp() - interval '2 hours'`
  return row ?? { waiting: Number.POSITIVE_INFINITY, lately: Number.POSITIVE_INFINITY }
}

export const insertQuestion = (tx: TransactionSql, body: Approval, mac: string) =>
  tx`INSERT INTO approvals (body, mac) VALUES (${tx.json(body as unknown as JSONValue)}, ${mac})`
