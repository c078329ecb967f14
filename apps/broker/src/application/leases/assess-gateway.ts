import type { CataloguedOperation } from '@credbroker/connectors/connector'
import type { GuardedConnector } from '@credbroker/connectors/guard'
import { operationId } from '@credbroker/connectors/vocabulary'
import { ACCESS, type Access, mostDangerous, sortAccess } from '@credbroker/core/access'
import { BrokerError } from '@credbroker/core/errors'
import type { Scope } from '../../domain/config.ts'
import type { ScopeOrder } from './assess-scope.ts'

const EVIDENCE = 20

/**
 * What calls of a scope can do at most (I4b), from the connector alone: where they go is resolved for each of them. What was
 * declared can only raise the access. @throws BrokerError `reach_refused` where the root reaches nothing of the environment
 */
export function assessGateway(
  connector: GuardedConnector,
  order: ScopeOrder,
  reaches: boolean,
): { scope: Scope; raised: readonly Access[] } {
  const { kind, vendor, catalogue } = connector.is
  if (!reaches) {
    const message = `root ${order.root} reaches nothing that ${order.environment} claims: declare an anchor of ${vendor} there`
    throw new BrokerError('reach_refused', {
      problems: [{ at: `scopes.${order.name}.environment`, message }],
    })
  }
  const operations = connector.operations(order.allow)
  const can = operations.flatMap(({ access }) => access)
  const access = sortAccess([...can, ...order.declaredAccess])
  const raised =
    order.declaredAccess.length === 0 ? [] : access.filter((level) => !order.declaredAccess.includes(level))
  return {
    scope: {
      ...order,
      disabled: false,
      access,
      evidence: evidenceOf(kind, operations),
      ...(catalogue && {
        operations: operations.map(({ name, access }) => ({ id: operationId(kind, name), access })),
      }),
    },
    raised,
  }
}

/** Each level has its turn, so that none goes without; the worst first. */
function evidenceOf(kind: string, operations: readonly CataloguedOperation[]): Scope['evidence'] {
  const worst = ACCESS.toReversed().map((level) =>
    operations
      .filter(({ access }) => access.includes(level))
      // An operation is told once more only for what it does besides.
      .sort((a, b) => Number(mostDangerous(b.access) === level) - Number(mostDangerous(a.access) === level))
      .map(({ name }) => ({ access: level, because: operationId(kind, name) })),
  )
  const evidence: { access: Access; because: string }[] = []
  for (let turn = 0; evidence.length < EVIDENCE && worst.some((level) => level.length > turn); turn++)
    for (const level of worst) {
      const next = level[turn]
      if (next && evidence.length < EVIDENCE) evidence.push(next)
    }
  return evidence
}
