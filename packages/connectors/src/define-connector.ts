import { sortAccess } from '@credbroker/core/access'
import type { Connector, Effect, Operation, Parsed } from './connector.ts'
import { admit } from './guard/admit.ts'
import { checkUpstreamRequest } from './guard/upstream-request.ts'
import { Refused } from './refusals.ts'
import type { ClientRequest } from './request.ts'

/** A kind as it is written: `parse` gives operations or throws {@link Refused}. */
type Definition<Root, Spec, Op extends Operation> = Omit<Connector<Root, Spec, Op>, 'parse'> & {
  readonly parse: (request: ClientRequest, spec: Spec) => readonly Op[]
}

/**
 * Stands around every kind: refuses what no vendor needs before a kind sees it, and checks what a kind says. Errors that
 * are no refusal pass through: whoever calls denies (I10).
 */
export function defineConnector<Root, Spec, Op extends Operation>(
  kind: Definition<Root, Spec, Op>,
): Connector<Root, Spec, Op> {
  return {
    ...kind,
    parse: (request, spec) => refusing(() => kind.parse(admit(request, kind.limits?.bodyBytes), spec)),
    rebuild: (operations, spec) => checkUpstreamRequest(kind.rebuild(operations, spec)),
    access: (operation, spec) => inOrder(kind.access(operation, spec)),
    operations: (spec) => kind.operations(spec).map(inOrder),
    async resolve(operations, spec, reader) {
      const found = await kind.resolve(operations, spec, reader)
      if (found.is !== 'resolved') return found
      const [first, ...others] = [...new Set(found.anchors)].sort()
      if (first === undefined || ![first, ...others].every(kind.anchor.accepts)) return { is: 'unresolved' }
      return { ...found, anchors: [first, ...others] }
    },
  }
}

/** An answer that says nothing is the worst one (I4b). */
function inOrder<Said extends Effect>(effect: Said): Said {
  const access = sortAccess(effect.access)
  return { ...effect, access: access.length > 0 ? access : ['admin'] }
}

function refusing<Op extends Operation>(read: () => readonly Op[]): Parsed<Op> {
  try {
    const [first, ...others] = read()
    return first === undefined ? { refused: 'no_such_operation' } : { operations: [first, ...others] }
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return { refused: error.code, ...(error.at !== undefined && { at: error.at }) }
  }
}
