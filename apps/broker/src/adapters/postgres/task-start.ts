import { LIMITS } from '@credbroker/core/limits'
import type { JSONValue, Sql, TransactionSql } from 'postgres'
import type { StartOutcome, TaskStart, TaskStarter } from '../../ports/task-store.ts'
import { byteArray } from './byte-array.ts'
import { countQuestions, insertQuestion } from './count-questions.ts'
import { constraintOf, toBrokerError } from './driver-errors.ts'
import { guardedStore } from './guarded-store.ts'
import { shareStatements } from './shared-statement.ts'
import { turns } from './turns.ts'

/** Everything one statement needs, as arrays and documents: any number of starts share it. */
interface Answer {
  version: string
  started: string[]
  live: string[]
}

/** While one statement is written to disk, another runs and the next is drafted. */
const LANES = 3
/** More would leave either the server or us without work for longer than they save. */
const MOST = 8

export function taskStarter(sql: Sql): TaskStarter {
  const startShared = shareStatements<Start, StartOutcome>({
    run: async (starts) => {
      const answer = await startTasks(sql, starts)
      return starts.map((start) => readAnswer(start, answer))
    },
    kindOf: ({ configVersion }) => configVersion,
    lanes: LANES,
    most: MOST,
  })
  const inTurn = turns(LIMITS.askedPerHour)
  const startAsking = async (what: Start): Promise<StartOutcome> => {
    const outcome = await inTurn(what.task.agent, () => sql.begin((tx) => startAlone(tx, what)))
    return outcome === 'too-many' ? { result: 'too-many-pending', free: 0 } : outcome
  }
  const start = (what: Start) =>
    (pendingOf(what) > 0 ? startAsking(what) : startShared(what)).catch(refusedBy)
  return guardedStore<TaskStarter>({ start, extend: (more) => start({ ...more, keyMac: null }) })
}

/** One start that shares with nobody, in a transaction that may hold more. */
export async function startAlone(tx: TransactionSql, start: Start): Promise<StartOutcome> {
  const beyond = await beyondPending(tx, start)
  if (beyond) return beyond
  const outcome = readAnswer(start, await startTasks(tx, [start]))
  if (outcome.result === 'started')
    for (const { body, mac } of start.questions ?? []) await insertQuestion(tx, body, mac)
  return outcome
}

export const pendingOf = ({ grants }: Start): number =>
  grants.filter(({ state }) => state === 'pending').length

/**
 * I4: no more questions of one agent wait for a person than {@link LIMITS.pendingPerAgent}. The lock is taken before the
 * statement that counts, so that it sees what any replica stored before; questions are rare, and share with nobody.
 */
async function beyondPending(tx: TransactionSql, start: Start): Promise<StartOutcome | undefined> {
  if (pendingOf(start) === 0) return undefined
  const { waiting, lately } = await countQuestions(tx, `agent:${start.task.agent}`)
  const free = Math.max(0, Math.min(LIMITS.pendingPerAgent - waiting, LIMITS.askedPerHour - lately))
  return pendingOf(start) > free ? { result: 'too-many-pending', free } : undefined
}

/**
 * Starts any number of tasks decided on one version of the configuration, all or none of them by constraint, and each
 * only if its key is still enrolled and its proof is new. The advisory locks keep the exclusion constraint of
 * `side_holds` from deadlocking; being transaction locks, they are held until the commit that follows at once.
 */
async function startTasks(sql: Sql | TransactionSql, starts: readonly Start[]): Promise<Answer> {
  const version = String(starts[0]?.configVersion)
  const [answer] = await sql<Answer[]>`
    WITH head AS MATERIALIZED (SELECT version FROM config_head),
    locks AS MATERIALIZED (
      SELECT count(pg_advisory_xact_lock(hashtextextended(key, 0))) AS taken
      FROM (SELECT DISTINCT key FROM unnest(${lockKeys(starts)}::text[]) AS key ORDER BY key) AS keys),
    -- What it asks of each is not said here: the planner would take the index of all living tasks, and read it whole.
    existing AS MATERIALIZED (
      SELECT id, state = 'active' AND ends_at > clock_timestamp() AS lives FROM tasks
      WHERE id = ANY (${starts.filter((s) => s.keyMac === null).map((s) => s.task.id)}::text[]) FOR SHARE),
    live AS MATERIALIZED (
      SELECT t.* FROM jsonb_to_recordset(${sql.json(starts.map(taskColumns))}::jsonb) AS t (
        id text, agent text, owner text, environment text, purpose text, ticket text, jkt text, started_at timestamptz,
        ends_at timestamptz, heartbeat_seconds int, lineage jsonb, sub_agent text, scan text, sandbox boolean, key_mac text, proof text, proof_ends timestamptz)
      -- Locked, not only read: whoever removes the key waits for this start, and then ends what it started.
      LEFT JOIN LATERAL (SELECT k.jkt FROM client_keys k WHERE k.jkt = t.jkt AND k.mac = t.key_mac FOR KEY SHARE) k ON true
      LEFT JOIN existing ON existing.id = t.id
      CROSS JOIN head CROSS JOIN locks
      WHERE head.version = ${version}::bigint AND locks.taken >= 0
        AND CASE WHEN t.key_mac IS NULL THEN coalesce(existing.lives, false) ELSE t.key_mac = '' OR k.jkt IS NOT NULL END),
    proof AS (
      INSERT INTO proofs (digest, ends_at) SELECT decode(proof, 'hex'), proof_ends FROM live ORDER BY proof
      ON CONFLICT DO NOTHING RETURNING digest),
    -- One proof, one start, also among those that share this statement.
    fresh AS (
      SELECT DISTINCT ON (live.proof) live.* FROM live JOIN proof ON proof.digest = decode(live.proof, 'hex')
      ORDER BY live.proof, live.id),
    task AS (
      INSERT INTO tasks (id, agent, owner, environment, purpose, ticket, jkt, started_at, ends_at, lineage, sub_agent, scan, sandbox,
        heartbeat_seconds, heartbeat_due)
      SELECT id, agent, owner, environment, purpose, ticket, jkt, started_at, ends_at, lineage, sub_agent, scan, sandbox, heartbeat_seconds,
        clock_timestamp() + make_interval(secs => heartbeat_seconds) FROM fresh WHERE key_mac IS NOT NULL),
    granted AS (
      INSERT INTO grants (id, task_id, environment, scope, access, state, ends_at, policies, mac, ground, approval)
      SELECT g.id, g.task_id, g.environment, g.scope, g.access, g.state, g.ends_at, g.policies, g.mac, g.ground, g.approval
      FROM jsonb_to_recordset(${sql.json(starts.flatMap(grantColumns))}::jsonb) AS g (
        id text, task_id text, environment text, scope text, access text[], state text, ends_at timestamptz, policies text[], mac text, ground text,
        approval text)
      JOIN fresh ON fresh.id = g.task_id),
    held AS (
      INSERT INTO side_holds (grant_id, holder, environment, recovery_group, side, during)
      SELECT h.grant_id, h.holder, h.environment, h.recovery_group, h.side, tstzrange(clock_timestamp(), h.until)
      FROM jsonb_to_recordset(${sql.json(starts.flatMap(holdColumns))}::jsonb) AS h (
        task_id text, grant_id text, holder text, environment text, recovery_group text, side text, until timestamptz)
      JOIN fresh ON fresh.id = h.task_id),
    once AS (
      INSERT INTO idempotency_keys (principal, key, request_hash, task_id, ends_at)
      SELECT i.principal, i.key, i.request_hash, i.task_id, clock_timestamp() + interval '24 hours'
      FROM jsonb_to_recordset(${sql.json(starts.flatMap(idempotencyColumns))}::jsonb) AS i (
        task_id text, principal text, key text, request_hash text)
      JOIN fresh ON fresh.id = i.task_id ORDER BY i.principal, i.key),
    audit AS (
      INSERT INTO audit_pending (record, leaf) SELECT a.record, a.leaf
      FROM unnest(${starts.flatMap((s) => s.events.map(() => s.task.id))}::text[],
        ${starts.flatMap((s) => s.events.map((e) => e.record))}::text[],
        ${byteArray(
          sql,
          starts.flatMap((s) => s.events.map((e) => e.leaf)),
        )}::bytea[]) AS a (task_id, record, leaf)
      JOIN fresh ON fresh.id = a.task_id)
    SELECT head.version, ARRAY(SELECT id FROM fresh) AS started, ARRAY(SELECT id FROM live) AS live FROM head`
  return answer as Answer
}

/** Without a key it is not a new task but further grants for a living one. */
type Start = Omit<TaskStart, 'keyMac'> & { readonly keyMac: string | null }

const lockKeys = (starts: readonly Start[]): string[] =>
  starts.flatMap(({ holds }) => holds.map(({ holder, recoveryGroup }) => `${holder}@${recoveryGroup}`))

const taskColumns = ({ task, keyMac, proof }: Start): JSONValue => ({
  id: task.id,
  agent: task.agent,
  owner: task.owner,
  environment: task.environment,
  purpose: task.purpose,
  ticket: task.ticket,
  jkt: task.jkt,
  started_at: task.startedAt.toISOString(),
  ends_at: task.endsAt.toISOString(),
  heartbeat_seconds: task.heartbeatSeconds,
  lineage: task.lineage.map(({ task: id, actor }) => ({ task: id, actor })),
  sub_agent: task.subAgent,
  scan: task.scan?.state ?? null,
  sandbox: task.scan?.sandbox ?? false,
  key_mac: keyMac,
  proof: proof.digest.toString('hex'),
  proof_ends: proof.rememberUntil.toISOString(),
})

const grantColumns = ({ grants }: Start): JSONValue[] =>
  grants.map((grant) => ({
    id: grant.id,
    task_id: grant.task,
    environment: grant.environment,
    scope: grant.scope,
    access: [...grant.access],
    state: grant.state,
    ends_at: grant.endsAt.toISOString(),
    policies: [...grant.policies],
    mac: grant.mac,
    ground: grant.ground,
    approval: grant.approval ?? null,
  }))

const holdColumns = ({ task, holds }: Start): JSONValue[] =>
  holds.map((hold) => ({
    task_id: task.id,
    grant_id: hold.grant,
    holder: hold.holder,
    environment: hold.environment,
    recovery_group: hold.recoveryGroup,
    side: hold.side,
    until: hold.until.toISOString(),
  }))

const idempotencyColumns = ({ task, idempotency }: Start): JSONValue[] =>
  idempotency
    ? [
        {
          task_id: task.id,
          principal: `agent:${task.agent}`,
          key: idempotency.key,
          request_hash: idempotency.requestHash,
        },
      ]
    : []

/** What became of one start among those that shared a statement. */
function readAnswer(start: Start, answer: Answer): StartOutcome {
  if (Number(answer.version) !== start.configVersion) return { result: 'stale' }
  if (!answer.live.includes(start.task.id)) return { result: 'key-gone' }
  if (!answer.started.includes(start.task.id)) return { result: 'replayed' }
  return { result: 'started' }
}

/** A constraint that refuses is an answer, not a failure. */
export function refusedBy(error: unknown): StartOutcome {
  const constraint = constraintOf(toBrokerError(error))
  if (constraint === 'nobody_holds_both_sides') return { result: 'both-sides' }
  if (constraint === 'idempotency_keys_pkey') return { result: 'repeated' }
  throw error
}
