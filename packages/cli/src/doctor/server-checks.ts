import type { agentView, checkpointView, freezeView, RootView, whoami } from '@credbroker/core/wire/admin'
import type { integrityView } from '@credbroker/core/wire/integrity'
import type { passkeyView } from '@credbroker/core/wire/people'
import type { IssuerView } from '@credbroker/core/wire/trust'
import type { z } from 'zod'
import type { Cli } from '../cli.ts'
import { type Client, listAll } from '../client.ts'
import { toReport } from '../render/report.ts'
import type { Finding } from './diagnosis.ts'
import { checkTrust } from './trust-checks.ts'

const SKEW_SECONDS = 30
const KEY_ENDS_SOON_MS = 3 * 24 * 3600 * 1000

/** Whether it answers, is ready, and agrees about the time. Needs no identity. */
export async function checkServer(url: string, cli: Pick<Cli, 'fetch' | 'now'>): Promise<Finding[]> {
  const response = await cli
    .fetch(`${url}/readyz`, { redirect: 'error', signal: AbortSignal.timeout(5000) })
    .catch(() => undefined)
  if (response === undefined) return [unreachable(url)]
  await response.body?.cancel()
  const findings: Finding[] = []
  if (!response.ok)
    findings.push({
      level: 'danger',
      code: 'not-ready',
      message: `The broker at ${url} answers, but is not ready (${response.status}).`,
      todo: 'Look at its log: the database or the key source is most likely missing.',
    })
  const date = Date.parse(response.headers.get('date') ?? '')
  const skew = Math.round((cli.now().getTime() - date) / 1000)
  if (Math.abs(skew) > SKEW_SECONDS)
    findings.push({
      level: 'warning',
      code: 'clock-skew',
      message: `This machine’s clock is ${Math.abs(skew)} s ${skew > 0 ? 'ahead of' : 'behind'} the broker’s.`,
      todo: 'Switch on time synchronisation (timedatectl set-ntp true). Until then proofs need a nonce, or are refused.',
    })
  return findings
}

const unreachable = (url: string): Finding => ({
  level: 'danger',
  code: 'unreachable',
  message: `No broker answers at ${url}.`,
  todo: 'Start it (`broker dev`), or correct --url, BROKER_URL or the profile.',
})

/** What the broker tells this identity about itself. An agent is told little. */
export async function checkBroker(client: Client, now: Date): Promise<Finding[]> {
  const me = await client.get<z.infer<typeof whoami>>('/v1/whoami')
  const findings = keyFindings(me, now)
  if (!me.principal.startsWith('user:')) return findings
  const checks = [tamperFindings, rootFindings, freezeFindings, sinkFindings, trustFindings]
  if (me.roles?.includes('admin')) checks.push(passkeyFindings)
  const parts = await Promise.all(checks.map((check) => check(client).catch(couldNot)))
  // Several may have failed for one reason.
  const told = new Map(parts.flat().map((finding) => [`${finding.code} ${finding.message}`, finding]))
  return [...findings, ...told.values()]
}

/** What stands in the way of one check is a finding too, and the others go on. */
export function couldNot(error: unknown): Finding[] {
  const { title, detail, todo } = toReport(error)
  return [
    {
      level: 'danger',
      code: 'check-failed',
      message: `A check could not be made: ${detail ?? title}`,
      todo: todo ?? 'Run it again with BROKER_DEBUG=1.',
    },
  ]
}

function keyFindings(me: z.infer<typeof whoami>, now: Date): Finding[] {
  if (me.key_ends_at === undefined || Date.parse(me.key_ends_at) - now.getTime() > KEY_ENDS_SOON_MS) return []
  return [
    {
      level: 'warning',
      code: 'key-ends',
      message: `The key of ${me.principal} on this machine ends at ${me.key_ends_at}.`,
      todo: 'Have an operator invite it again, then `broker enroll --force`.',
    },
  ]
}

async function tamperFindings(client: Client): Promise<Finding[]> {
  const { items } = await client.get<z.infer<typeof integrityView>>('/v1/integrity')
  return items.map(({ table, name, gone }) => ({
    level: 'danger',
    code: gone ? 'row-gone' : 'tampered',
    message: gone
      ? `The stored row of ${name} in ${table} is gone, and the broker did not remove it: somebody changed the database.`
      : `The stored row of ${name} in ${table} is not the one that the broker wrote last: somebody changed the database.`,
    todo: 'Treat it as an intrusion: freeze (`broker freeze --all`), find out who can write there, then apply the configuration again.',
  }))
}

/** Nobody was asked about a link that was made on the broker’s machine, so whoever did not expect one has to see it. */
async function passkeyFindings(client: Client): Promise<Finding[]> {
  const passkeys = await listAll<z.infer<typeof passkeyView>>(client, '/v1/passkeys', { all: 'true' })
  return passkeys
    .filter(({ invited_by }) => invited_by === 'broker:offline')
    .map(({ id, user, created_at }) => ({
      level: 'warning',
      code: 'passkey-offline',
      message: `The passkey ${id} of ${user}, registered ${created_at}, came by a link made on the broker’s machine.`,
      todo: `If ${user} did not lose theirs and come back so, treat it as an intrusion. Otherwise register another at the console, and remove this one.`,
    }))
}

const ROOT_LEVEL = { unsafe: 'danger', 'over-broad': 'warning', advice: 'advice' } as const

async function rootFindings(client: Client): Promise<Finding[]> {
  const roots = await listAll<RootView>(client, '/v1/roots')
  return roots
    .filter(({ disabled }) => !disabled)
    .flatMap((root) =>
      root.findings.map(({ level, code, message }) => ({
        level: ROOT_LEVEL[level],
        code: `root-${code}`,
        message: `Root ${root.name}: ${message}`,
        todo: `Change it at the vendor, then \`broker root check ${root.name}\`.`,
      })),
    )
}

async function freezeFindings(client: Client): Promise<Finding[]> {
  const { items } = await client.get<{ items: z.infer<typeof freezeView>[] }>('/v1/freeze')
  return items.map(({ target, by, at }) => ({
    level: 'advice',
    code: 'frozen',
    message: `${target} is frozen by ${by} since ${at}.`,
    todo: 'When the reason is gone: `broker unfreeze`.',
  }))
}

async function trustFindings(client: Client): Promise<Finding[]> {
  return checkTrust(
    await listAll<z.infer<typeof agentView>>(client, '/v1/agents'),
    await listAll<IssuerView>(client, '/v1/issuers'),
  )
}

/** Where checkpoints are kept besides the broker’s own database. */
async function sinkFindings(client: Client): Promise<Finding[]> {
  const view = await client.get<z.infer<typeof checkpointView>>('/v1/audit/checkpoint')
  if (view.sinks.length > 0) return []
  return [
    {
      level: 'warning',
      code: 'no-checkpoint-sink',
      message:
        'Audit checkpoints are kept nowhere but in the broker’s own database, where whoever owns it can cut the log’s tail.',
      todo: 'Set BROKER_CHECKPOINT_FILE to a file on another disk, or keep the output of `broker audit export` elsewhere from time to time.',
    },
  ]
}
