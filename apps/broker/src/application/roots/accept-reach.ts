import { BrokerError, type Problem } from '@credbroker/core/errors'
import type { Inspection } from '@credbroker/providers/provider'
import type { Anchor, Root, RootFinding } from '../../domain/config.ts'
import { placeReach } from '../../domain/reach.ts'

/** Where a root stands, and in which environments it may be used. */
export interface Placed {
  readonly root: Pick<Root, 'state' | 'unclaimed' | 'findings'>
  readonly environments: readonly string[]
}

interface Kind {
  readonly vendor: string
  readonly gateway: boolean
}

const UNCLAIMED = 'unclaimed-reach'
const SHOWN = 5

/**
 * Where the root stands, or every reason why it may not be taken in. Over several environments it is for the gateway alone:
 * it may be used wherever it reaches, and what no anchor claims is a finding, since each call is resolved.
 */
export function acceptReach(
  order: { readonly name: string; readonly environment: string | null },
  inspection: Pick<Inspection, 'reach' | 'complete' | 'findings'>,
  { vendor, gateway }: Kind,
  anchors: readonly Anchor[],
): Placed {
  const { reach, complete } = inspection
  const own = anchors.filter((anchor) => anchor.vendor === vendor)
  const { state, environments, touched, unclaimed } = placeReach(reach, complete, own)
  const at = `roots.${order.name}`
  const spanning = gateway && order.environment === null
  const problems: Problem[] = inspection.findings
    .filter(({ level }) => level === 'unsafe')
    .map(({ message }) => ({ at, message }))
  if (!complete || reach.length === 0) {
    problems.push({
      at,
      message: 'what this credential reaches cannot be read from the vendor, so it cannot be trusted',
    })
  } else if (spanning && touched.length === 0) {
    problems.push({
      at,
      message: `it reaches ${some(unclaimed)}, and no environment claims anything there: declare an anchor of ${vendor}`,
    })
  }
  for (const one of spanning ? [] : unclaimed) {
    problems.push({
      at,
      message: `it reaches ${one}, which no environment claims: declare that anchor, or take the reach away`,
    })
  }
  if (gateway && order.environment !== null && unclaimed.length > 0 && touched.length > 0)
    problems.push({ at: `${at}.environment`, message: WITHOUT_ENVIRONMENT })
  if (order.environment !== null && unclaimed.length === 0 && !environments.includes(order.environment)) {
    const elsewhere = touched.filter((name) => name !== order.environment)
    problems.push({
      at: `${at}.environment`,
      message:
        state === 'spanning'
          ? `it reaches ${touched.join(' and ')}; declare it without an environment to use it through the gateway only`
          : `it belongs to ${elsewhere.join(' and ')}, not to ${order.environment}`,
    })
  }
  if (problems.length > 0) {
    // Often the reason for all of the above: a superuser reaches whatever there is.
    const broad = inspection.findings.filter(({ level }) => level === 'over-broad')
    problems.push(...broad.map(({ message }) => ({ at, message })))
    throw new BrokerError('reach_refused', { problems })
  }
  const findings = inspection.findings.filter(({ code }) => code !== UNCLAIMED)
  return {
    root: {
      state: order.environment === null ? 'spanning' : state,
      unclaimed,
      findings: spanning && unclaimed.length > 0 ? [...findings, beyond(unclaimed)] : findings,
    },
    environments: order.environment === null ? (spanning ? touched : []) : [order.environment],
  }
}

const WITHOUT_ENVIRONMENT =
  'declare it without an environment to use it through the gateway only, where each call is resolved'

const beyond = (unclaimed: readonly string[]): RootFinding => ({
  level: 'over-broad',
  code: UNCLAIMED,
  message: `It reaches ${some(unclaimed)}, which no environment claims. Calls that touch it are denied.`,
})

const some = (anchors: readonly string[]): string =>
  anchors.length > SHOWN
    ? `${anchors.slice(0, SHOWN).join(', ')} and ${anchors.length - SHOWN} more`
    : anchors.join(', ')
