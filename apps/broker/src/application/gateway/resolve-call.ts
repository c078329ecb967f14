import type { AnyConnector, Resolution } from '@credbroker/connectors/connector'
import { visibleText } from '@credbroker/connectors/guard/visible-text'
import { upstreamReader } from '@credbroker/connectors/reader'
import type { UpstreamReader } from '@credbroker/connectors/request'
import { BrokerError, type ErrorCode } from '@credbroker/core/errors'
import { LIMITS } from '@credbroker/core/limits'
import type { CallDeps } from './call-deps.ts'
import type { CallProof } from './call-proof.ts'
import type { OpenRoot } from './open-root.ts'
import { about, type Story } from './story.ts'

/** What says something about the broker or the moment, and nothing about what was asked for. */
const TELLING: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'vendor_unavailable',
  'root_unusable',
  'budget_exceeded',
  'audit_unavailable',
])

/**
 * Finds out what the call touches, from the vendor and with the root. All questions about one call stand under one intent, which is
 * durable before the first is asked (I6). Whatever is strange is unresolved.
 * @throws BrokerError `vendor_unavailable`, `root_unusable`, `budget_exceeded`, `audit_unavailable`; why it was given up
 */
export async function resolveCall(
  deps: Pick<CallDeps, 'egress' | 'budgets' | 'audit' | 'record' | 'log'>,
  story: Story,
  proof: Pick<CallProof, 'take'>,
  { upstream, secrets, refused }: OpenRoot,
  signal: AbortSignal,
): Promise<Resolution> {
  const { live, read } = story
  if (!live || !read) throw new BrokerError('internal')
  const { connector, operations, spec } = read
  const announced = announcement(deps, story, proof)
  const over = new AbortController()
  const end = () => over.abort()
  const timer = setTimeout(end, LIMITS.upstreamTimeoutSeconds * 1000)
  signal.addEventListener('abort', end, { once: true })
  const reader = upstreamReader(upstream, {
    signal: over.signal,
    spend: () => deps.budgets.resolution({ agent: live.task.agent, grant: live.grant.id }),
    send: async (...asked) => {
      await announced.begin()
      const answer = await deps.egress.send(...asked)
      if (answer.status === 401) refused?.()
      return answer
    },
  })
  try {
    const found = await connector.is.resolve(operations, spec, reader)
    if (found.is === 'unresolved' && refused && (await isRefused(connector.is, reader))) refused()
    await announced.end('ok')
    return visibly(found, visibleText(connector.is, secrets))
  } catch (error) {
    const code = error instanceof BrokerError ? error.code : 'internal'
    await announced.end('failed', code)
    // The call was given up, whatever the vendor said to that.
    if (signal.reason instanceof BrokerError) throw signal.reason
    if (error instanceof BrokerError && TELLING.has(code)) throw error
    if (code === 'internal')
      deps.log.error({ err: error, connector: connector.is.kind }, 'a call was not resolved')
    return { is: 'unresolved' }
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', end)
  }
}

/** Whatever is strange about that says nothing of the credential. */
const isRefused = async ({ inner }: AnyConnector, reader: UpstreamReader): Promise<boolean> =>
  (await inner?.refuses?.(reader).catch(() => false)) ?? false

/**
 * Names come from the vendor, and a hostile one could name things after what it received. What is placed by such a name is
 * unresolved, since anchors are shown and written down as they are.
 */
const visibly = (found: Resolution, visible: (text: string) => string): Resolution =>
  found.is !== 'resolved'
    ? found
    : found.anchors.some((anchor) => visible(anchor) !== anchor)
      ? { is: 'unresolved' }
      : {
          ...found,
          facts: Object.fromEntries(
            Object.entries(found.facts).map(([name, fact]) => [
              name,
              typeof fact === 'string' ? visible(fact) : Array.isArray(fact) ? fact.map(visible) : fact,
            ]),
          ),
        }

interface Announced {
  readonly intent: string
  readonly fields: ReturnType<typeof about> & { readonly type: 'gateway.called' }
}

/** Written when the vendor is really asked, once; what was used before asks nobody. */
function announcement(
  { audit, record }: Pick<CallDeps, 'audit' | 'record'>,
  story: Story,
  proof: Pick<CallProof, 'take'>,
) {
  let begun: Promise<Announced> | undefined
  let questions = 0
  const announce = async (): Promise<Announced> => {
    const said = about(story)
    const fields = {
      ...said,
      type: 'gateway.called' as const,
      facts: { ...said.facts, operation: 'resolve' },
    }
    const { id, record: intent } = record.intent(fields)
    await proof.take()
    await audit.append([intent])
    return { intent: id, fields }
  }
  return {
    async begin(): Promise<void> {
      questions += 1
      begun ??= announce()
      await begun
    },
    async end(result: 'ok' | 'failed', code?: ErrorCode): Promise<void> {
      if (!begun) return
      const { intent, fields } = await begun
      const facts = { ...fields.facts, count: questions }
      await audit.append([
        record({ ...fields, phase: 'outcome', intent, result, facts, ...(code && { code }) }),
      ])
    },
  }
}
