import { createHash } from 'node:crypto'
import {
  defaultFieldResolver,
  type ExecutionResult,
  GraphQLError,
  type GraphQLFieldResolver,
  graphql,
} from 'graphql'
import { type Received, type RecordingUpstream, type Reply, startUpstream } from '../upstream.ts'
import { queriesOf } from './reads.ts'
import { railwaySchema } from './schema.ts'
import { Session } from './session.ts'
import type { RailwayState } from './state.ts'
import { mutationsOf, unknownToUs } from './writes.ts'

/** One root field as this server understood it: what it was about to do, for which token, with which values. */
export interface Understood {
  readonly root: 'query' | 'mutation'
  readonly field: string
  readonly arguments: unknown
  /** The name of the token that was shown; absent for none that is known. */
  readonly token?: string
}

export interface FakeRailway {
  readonly upstream: RecordingUpstream
  readonly state: RailwayState
  readonly understood: readonly Understood[]
  /** What was understood to change something, with a token that is known. */
  readonly changes: readonly Understood[]
  forget(): void
  stop(): Promise<void>
}

interface Question {
  readonly query?: string
  readonly variables?: Readonly<Record<string, unknown>>
  readonly operationName?: string
  readonly extensions?: { readonly persistedQuery?: { readonly sha256Hash?: string } }
}

/**
 * Railway as its documentation and its published schema say that it is, on loopback. Errors have status 200, and tokens no
 * operations. It understands more than the vendor may: batches, GET, `application/graphql` and hashes of documents, so that
 * whatever a gateway lets through takes effect.
 */
export async function startFakeRailway(
  state: RailwayState,
  now: () => Date = () => new Date(),
  { tls = true } = {},
): Promise<FakeRailway> {
  const understood: Understood[] = []
  const persisted = new Map<string, string>()

  async function execute(
    question: Question,
    session: Session,
  ): Promise<ExecutionResult & { status?: number }> {
    const { query, variables, operationName } = question
    const hash = question.extensions?.persistedQuery?.sha256Hash
    const source = query ?? persisted.get(hash ?? '')
    if (typeof source !== 'string') return failed('PersistedQueryNotFound')
    persisted.set(createHash('sha256').update(source).digest('hex'), source)
    const roots = { query: queriesOf(session), mutation: mutationsOf(session, now) }
    const fieldResolver: GraphQLFieldResolver<unknown, unknown> = (parent, given, context, info) => {
      if (info.path.prev !== undefined) return defaultFieldResolver(parent, given, context, info)
      const root = info.operation.operation === 'mutation' ? 'mutation' : 'query'
      const name = session.token?.name
      const own = JSON.parse(JSON.stringify(given))
      understood.push({
        root,
        field: info.fieldName,
        arguments: own,
        ...(name !== undefined && { token: name }),
      })
      session.known()
      const act = roots[root][info.fieldName]
      if (!act) throw unknownToUs()
      return act(given as never)
    }
    const result = await graphql({
      schema: railwaySchema,
      source,
      fieldResolver,
      ...(variables && { variableValues: variables }),
      ...(operationName && { operationName }),
    })
    // What is not valid was never executed; the vendor says so by the status.
    return 'data' in result ? result : { ...result, status: 400 }
  }

  const answerer = async (received: Received): Promise<Reply> => {
    if (!/^\/graphql(\/v2)?(\?|$)/.test(received.target)) return { status: 404, body: 'Not Found' }
    const session = new Session(state, tokenOf(received, state))
    const questions = questionsIn(received)
    if (!questions) return json(failed('Bad Request'), 400)
    const answers = []
    for (const question of questions.all) answers.push(await execute(question, session))
    const { status = 200 } = answers[0] ?? {}
    const bodies = answers.map(({ status: _, ...answer }) => shaped(answer))
    return json(questions.batch ? bodies : bodies[0], status)
  }
  const upstream = await startUpstream(answerer, { tls })
  return {
    upstream,
    state,
    understood,
    get changes() {
      return understood.filter(({ root, token }) => root === 'mutation' && token !== undefined)
    },
    forget() {
      understood.length = 0
      upstream.forget()
    },
    stop: () => upstream.stop(),
  }
}

/** A token counts in its own header only. */
function tokenOf(received: Received, { tokens }: RailwayState) {
  const bearer = /^Bearer (.+)$/.exec(received.header('authorization') ?? '')?.[1]
  const project = received.header('project-access-token')
  return tokens.find(({ type, secret }) => secret === (type === 'project' ? project : bearer))
}

function questionsIn({ method, target, body, header }: Received) {
  try {
    if (method === 'GET') {
      const { query, variables, operationName } = Object.fromEntries(
        new URL(target, 'https://railway.test').searchParams,
      )
      const read = { ...(query && { query }), ...(operationName && { operationName }) }
      return { batch: false, all: [{ ...read, ...(variables && { variables: JSON.parse(variables) }) }] }
    }
    if (header('content-type')?.startsWith('application/graphql'))
      return { batch: false, all: [{ query: body }] }
    const value: unknown = JSON.parse(body)
    return Array.isArray(value)
      ? { batch: true, all: value as Question[] }
      : { batch: false, all: [value as Question] }
  } catch {
    return undefined
  }
}

const failed = (message: string): ExecutionResult => ({ errors: [new GraphQLError(message)] })

const shaped = ({ data, errors }: ExecutionResult) => ({
  ...(errors && { errors: errors.map((error) => ({ ...error.toJSON(), traceId: '1234567890' })) }),
  ...(data !== undefined && { data }),
})

const json = (body: unknown, status: number): Reply => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8' },
  body: JSON.stringify(body),
})
