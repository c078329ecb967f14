import type { ApprovalView } from '@credbroker/core/wire/approvals'
import { pathOf } from './base.ts'
import { forget, token } from './session.ts'

/** What the broker refused, in its own words. `offline`: nobody answered. */
export class Refused extends Error {
  readonly code: string
  readonly status: number
  readonly todo: string
  readonly requestId: string | undefined
  /** What is wrong, and where. */
  readonly problems: readonly { readonly at: string; readonly message: string }[]

  constructor({
    code,
    status,
    message,
    todo,
    requestId,
    problems,
  }: Omit<Refused, 'name' | 'stack' | 'cause'>) {
    super(message)
    this.name = 'Refused'
    this.code = code
    this.status = status
    this.todo = todo
    this.requestId = requestId
    this.problems = problems
  }
}

/** A person has to approve it first; sent again with `approval` it goes through. */
export class Waits extends Error {
  readonly approval: ApprovalView

  constructor(approval: ApprovalView) {
    super('A person has to approve this first')
    this.name = 'Waits'
    this.approval = approval
  }
}

export interface Request {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly body?: unknown
  /** Id of the approval under which it is sent again. */
  readonly approval?: string | undefined
  readonly signal?: AbortSignal
}

/** One request to the public API with this browser's session. @throws Refused, Waits */
export async function call<Answer>(path: string, request: Request = {}): Promise<Answer> {
  const response = await send(path, request)
  const answer = (await response.json().catch(() => ({}))) as Answer & Problem & { approval?: ApprovalView }
  if (response.status === 202 && answer.approval?.kind === 'config') throw new Waits(answer.approval)
  if (response.ok) return answer
  throw refusal(response, answer)
}

/** The response itself, for what is not JSON. @throws Refused `offline` */
export async function send(
  path: string,
  { method = 'GET', body, approval, signal }: Request,
): Promise<Response> {
  const session = token()
  const headers = {
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...(session !== null && { authorization: `Bearer ${session}` }),
    ...(approval !== undefined && { 'broker-approval': approval }),
  }
  try {
    return await fetch(pathOf(path), {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    })
  } catch (error) {
    if (signal?.aborted) throw error
    throw new Refused({
      code: 'offline',
      status: 0,
      message: 'The broker does not answer',
      todo: 'It is tried again by itself.',
      requestId: undefined,
      problems: [],
    })
  }
}

interface Problem {
  readonly code?: string
  readonly title?: string
  readonly detail?: string
  readonly todo?: string
  readonly problems?: Refused['problems']
}

export function refusal(response: Response, problem: Problem): Refused {
  const {
    code = 'internal',
    title = 'The broker did not answer as expected',
    detail,
    todo = '',
    problems = [],
  } = problem
  if (response.status === 401 && code === 'unauthenticated') forget()
  return new Refused({
    code,
    status: response.status,
    message: detail ?? title,
    todo,
    requestId: response.headers.get('x-request-id') ?? undefined,
    problems,
  })
}
