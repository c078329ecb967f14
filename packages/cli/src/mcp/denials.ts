import type { BrokerApiError } from '@credbroker/sdk/errors'

/** What the broker refused, as `explain_denial` tells it again. */
export interface Denial {
  readonly code: string
  readonly reason: string
  readonly scope?: string
  readonly required: readonly string[]
  readonly approvalUrl?: string
}

/** The last refusals of this server: enough for an agent that asks why, and no more. */
export class Denials {
  readonly #last: Denial[] = []

  add(denial: Denial): void {
    this.#last.unshift(denial)
    this.#last.length = Math.min(this.#last.length, MOST)
  }

  addError({ code, reason, required, approvalUrl, grants }: BrokerApiError, scope?: string): void {
    const own = { code, reason, required, ...(approvalUrl && { approvalUrl }), ...(scope && { scope }) }
    if (grants.length === 0) this.add(own)
    for (const grant of grants)
      this.add({
        code: grant.code ?? code,
        reason: grant.reason ?? reason,
        scope: grant.scope,
        required: grant.required ?? required,
        ...(grant.approvalUrl && { approvalUrl: grant.approvalUrl }),
      })
  }

  find(scope: string | undefined): Denial | undefined {
    return this.#last.find((denial) => scope === undefined || denial.scope === scope)
  }
}

const MOST = 50
