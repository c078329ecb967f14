import type { Client } from '../src/client.ts'

interface Asked {
  readonly path: string
  readonly body: Readonly<Record<string, unknown>>
}

/** A client whose posts are answered as said, and kept. */
export function broker(reply: (body: Asked['body']) => unknown): { client: Client; asked: Asked[] } {
  const asked: Asked[] = []
  const never = async (): Promise<never> => {
    throw new Error('nobody asks this')
  }
  const client: Client = {
    profile: {} as Client['profile'],
    get: never,
    put: never,
    remove: never,
    waiting: () => client,
    asTask: () => client,
    post: async <Answer>(path: string, body: unknown = {}) => {
      asked.push({ path, body: body as Asked['body'] })
      return reply(body as Asked['body']) as Answer
    },
  }
  return { client, asked }
}
