import { isDangerous } from '../access.ts'
import { canonicalHash } from '../canonical-json.ts'
import type { Receipt, ReceiptQuestion } from '../wire/receipts.ts'
import type { ApprovalFault, ReceiptFinding } from './findings.ts'
import type { ReceiptEvent } from './receipt-event.ts'
import type { ReceiptStory } from './story.ts'
import { usesIn } from './summarise-approvals.ts'
import { summariseGrants } from './summarise-grants.ts'
import { factsHashes } from './verify-answers.ts'

/** Replicas have clocks of their own. */
const CLOCKS_MS = 60_000
const NEEDED: Readonly<Record<string, number>> = { passkey: 1, 'two-person': 2 }

/**
 * Whether all that needed people has an approval of theirs that fits (I4): dangerous access outside a disposable environment, and
 * whatever names an approval. That policy may ask for more does not show in a receipt.
 */
export function verifyUses({ own }: ReceiptStory, { questions, withheld }: Receipt): ReceiptFinding[] {
  const grants = new Map(summariseGrants(own).map((grant) => [grant.grant, grant]))
  const used = new Set<string>()
  return usesIn(own).flatMap((use): ReceiptFinding[] => {
    const grant = grants.get(use.text('grant') ?? '')
    const call = use.type === 'gateway.called'
    // What is minted for calls never leaves the broker, and each call is decided by itself.
    if (!call && grant?.token === 'gateway') return []
    const access = call ? use.access : (grant?.access ?? [])
    const approval = use.text('approval')
    const tier = use.facts.text('tier')
    const why =
      approval === undefined
        ? access.some(isDangerous) && tier !== undefined && tier !== 'disposable'
          ? 'none'
          : undefined
        : (standsOn(own, use, approval) ??
          (call ? fits(own, use, approval, { questions, withheld }, used) : undefined))
    return why === undefined ? [] : [{ kind: 'unapproved', index: use.index, why }]
  })
}

/** Enough people had said yes by then, and it was not over yet. */
function standsOn(
  own: readonly ReceiptEvent[],
  use: ReceiptEvent,
  approval: string,
): ApprovalFault | undefined {
  const given = own.filter(
    (event) =>
      event.type === 'approval.given' && event.text('approval') === approval && event.index < use.index,
  )
  const level = given[0]?.facts.text('level')
  if (level === undefined) return 'not_given'
  if (new Set(given.map(({ actor }) => actor.id)).size < (NEEDED[level] ?? Number.POSITIVE_INFINITY))
    return 'too_few'
  const latest = Math.min(...given.map(({ facts }) => Date.parse(facts.text('expiresAt') ?? '')))
  return Date.parse(use.at) - CLOCKS_MS < latest ? undefined : 'over'
}

/** The call is the one that was asked about, found as it was then, and was not made before under it. */
function fits(
  own: readonly ReceiptEvent[],
  { facts }: ReceiptEvent,
  approval: string,
  { questions, withheld }: Pick<Receipt, 'questions' | 'withheld'>,
  used: Set<string>,
): ApprovalFault | undefined {
  const call = [facts.text('requestHash') ?? '', facts.text('factsHash') ?? ''] as const
  const asked = questions.find((question) => question.approval === approval)
  const given = own.find((event) => event.type === 'approval.given' && event.text('approval') === approval)
  // An agent does not see the questions. Of a batch it is not told which requests were in it.
  if (!asked && withheld && given?.facts.count('count') !== 1) return undefined
  const places = asked ? placesIn(asked, call) : isAlone(given, call) ? [0] : []
  if (places.length === 0) return 'other_request'
  const free = places.map((at) => `${approval} ${at}`).find((place) => !used.has(place))
  if (free === undefined) return 'used_before'
  used.add(free)
  return undefined
}

/** Request and findings. */
type Digests = readonly [string, string]

function placesIn({ requests }: ReceiptQuestion, [request, found]: Digests): number[] {
  const facts = factsHashes(requests)
  return requests.flatMap(({ request_hash }, at) =>
    request_hash === request && facts[at] === found ? [at] : [],
  )
}

const isAlone = (given: ReceiptEvent | undefined, [request, found]: Digests): boolean =>
  given?.facts.text('requestHash') === canonicalHash([request]) &&
  given.facts.text('factsHash') === canonicalHash([found])
