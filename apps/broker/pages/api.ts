/** The broker as these pages talk to it. The session's token lives in this origin's storage and goes into a header. */

const SESSION = 'credbroker.session'
/** Path under which the broker is reached: see http/pages/shell.ts. */
const base = document.body.dataset['base'] ?? ''

export class Refused extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

export const pathOf = (path: string): string => base + path

/** `approval`: under which it is sent again. @throws Refused with the broker's own words */
export async function call<Answer>(
  method: string,
  path: string,
  body?: unknown,
  approval?: string,
): Promise<Answer> {
  const token = localStorage.getItem(SESSION)
  const response = await fetch(pathOf(path), {
    method,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(token !== null && { authorization: `Bearer ${token}` }),
      ...(approval !== undefined && { 'broker-approval': approval }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const answer = (await response.json().catch(() => ({}))) as Answer & {
    code?: string
    title?: string
    detail?: string
    todo?: string
  }
  if (response.ok) return answer
  if (response.status === 401 && answer.code === 'unauthenticated') forget()
  const { code = 'internal', title = 'The broker did not answer as expected', detail, todo = '' } = answer
  throw new Refused(code, `${detail ?? title}. ${todo}`)
}

/** What a person may have to approve first: sent again once they have. @throws Refused while nobody has */
export async function approved<Answer>(
  method: string,
  path: string,
): Promise<{ readonly answer: Answer; readonly approval?: string }> {
  const answer = await call<Answer & { approval?: { id: string; state: string; url: string } }>(method, path)
  const asked = answer.approval
  if (asked === undefined) return { answer }
  if (asked.state === 'approved')
    return { answer: await call<Answer>(method, path, undefined, asked.id), approval: asked.id }
  throw new Refused('approval_required', `A person has to approve this first: ${asked.url} Then do it again`)
}

export interface Started {
  readonly token: string
  readonly user: string
  readonly method: 'passkey' | 'recovery' | 'sso'
}

export const remember = ({ token }: Started): void => localStorage.setItem(SESSION, token)
export const forget = (): void => localStorage.removeItem(SESSION)

export interface Me {
  readonly principal: string
  readonly roles: string[]
  readonly session: { readonly id: string; readonly method: Started['method']; readonly stepped_up: boolean }
}

/** Who is signed in in this browser; undefined for nobody. */
export async function signedIn(): Promise<Me | undefined> {
  if (localStorage.getItem(SESSION) === null) return undefined
  try {
    return await call<Me>('GET', '/v1/whoami')
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    forget()
    return undefined
  }
}
