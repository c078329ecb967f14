import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { ERRORS, type ErrorCode } from '@credbroker/core/errors'
import type { Reply } from './reply.ts'

/** What came at `/gateway/<scope>`. */
export interface FakeCall {
  readonly scope: string
  readonly method: string
  readonly target: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** What becomes of a call: the vendor answers, a person is asked first, or the broker refuses. */
export type FakeVerdict = { readonly vendor: Omit<Reply, 'body'> & Pick<Reply, 'stream'> } | 'ask' | ErrorCode

interface FakeApproval {
  readonly id: string
  state: 'pending' | 'approved' | 'denied' | 'used' | 'expired' | 'cancelled'
  reason?: string
}

/** The gateway of a fake broker: it keeps what came, and asks people as told. The same request is the same question. */
export function fakeGateway() {
  const calls: FakeCall[] = []
  const approvals = new Map<string, FakeApproval>()
  const settings = {
    decide: ((call) => ({
      vendor: {
        status: 200,
        headers: { 'content-type': 'application/json' },
        stream: JSON.stringify({ method: call.method, target: call.target, body: call.body.toString() }),
      },
    })) as (call: FakeCall, approved: boolean) => FakeVerdict,
  }
  const view = ({ id, ...rest }: FakeApproval) => ({
    id,
    ...rest,
    url: `http://console/approvals/${id}`,
    ends_at: '2030-01-01T00:00:00.000Z',
  })
  const ask = ({ scope, method, target, body }: FakeCall): FakeApproval => {
    const what = createHash('sha256').update(`${scope} ${method} ${target} `).update(body).digest('hex')
    const id = `apr_${what.slice(0, 26)}`
    const known = approvals.get(id)
    if (known && known.state !== 'used') return known
    const approval: FakeApproval = { id, state: 'pending', reason: 'it deletes' }
    approvals.set(id, approval)
    return approval
  }
  const refusal = (code: ErrorCode): Reply => ({
    status: ERRORS[code].status,
    body: { type: 'about:blank', ...ERRORS[code], code, request_id: 'req_1' },
  })
  return {
    calls,
    approvals,
    settings,
    answer(call: FakeCall): Reply {
      calls.push(call)
      const given = call.headers['broker-approval']
      const asked = typeof given === 'string' ? approvals.get(given) : undefined
      if (given !== undefined && (asked?.state !== 'approved' || asked !== ask(call)))
        return refusal('approval_invalid')
      const verdict = settings.decide(call, asked !== undefined)
      if (verdict === 'ask') {
        const approval = ask(call)
        if (approval.state === 'denied') return refusal('approval_denied')
        const headers = { 'broker-approval': approval.id, location: `/v1/approvals/${approval.id}` }
        return { status: 202, body: { approval: view(approval), detail: 'asked' }, headers }
      }
      if (typeof verdict === 'string') return refusal(verdict)
      if (asked) asked.state = 'used'
      const { headers, ...rest } = verdict.vendor
      return { ...rest, body: undefined, headers: { ...headers, 'broker-answer': 'vendor' } }
    },
    find(id: string): Reply {
      const approval = approvals.get(id)
      return approval ? { status: 200, body: view(approval) } : refusal('not_found')
    },
  }
}
