import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Io } from './io.ts'
import { workloadFrom } from './workload.ts'

const JWT = 'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln'
const here = { BROKER_URL: 'https://broker.example/', BROKER_AGENT: 'fixer' }
const github = {
  ACTIONS_ID_TOKEN_REQUEST_URL: 'https://run.actions.example/token?api-version=2.0',
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'of-this-run',
}
const answering = (status: number, text: string) => {
  const asked: { url: string; headers: Record<string, string> }[] = []
  const fetch: Io['fetch'] = async (url, { headers }) => {
    asked.push({ url, headers })
    return { status, headers: { get: () => null }, text: async () => text }
  }
  return { asked, fetch }
}
const nobody = { fetch: () => expect.unreachable('nobody is asked') }

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'credbroker-workload-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

describe('a workload', () => {
  it.each<[string, Record<string, string>]>([
    ['without the name of its agent', { BROKER_URL: here.BROKER_URL, ...github }],
    ['without a broker', { BROKER_AGENT: 'fixer', ...github }],
    ['without a platform', here],
    ['with half of what GitHub gives', { ...here, ACTIONS_ID_TOKEN_REQUEST_URL: 'https://x.example' }],
    ['that names a profile', { ...here, ...github, BROKER_PROFILE: 'fixer' }],
  ])('is none %s', (_, env) => expect(workloadFrom(env, nobody)).toBeUndefined())

  it('asks GitHub for a token for this broker and nobody else', async () => {
    const { asked, fetch } = answering(200, JSON.stringify({ value: JWT }))
    const workload = workloadFrom({ ...here, ...github }, { fetch })
    expect(workload).toMatchObject({ url: 'https://broker.example', principal: 'agent:fixer' })
    expect((await workload?.token())?.expose()).toBe(JWT)
    expect(asked).toMatchObject([
      {
        url: 'https://run.actions.example/token?api-version=2.0&audience=https%3A%2F%2Fbroker.example',
        headers: { authorization: 'Bearer of-this-run' },
      },
    ])
  })

  it('reads a projected token anew each time, before anything else', async () => {
    const file = join(directory, 'token')
    const env = { ...here, ...github, BROKER_WORKLOAD_TOKEN_FILE: file, BROKER_WORKLOAD_TOKEN: 'a.b.c' }
    const workload = workloadFrom(env, nobody)
    for (const token of [JWT, `${JWT}2`]) {
      await writeFile(file, `${token}\n`)
      expect((await workload?.token())?.expose()).toBe(token)
    }
  })

  it('takes a token that it was given', async () => {
    const workload = workloadFrom({ ...here, BROKER_WORKLOAD_TOKEN: JWT }, nobody)
    expect((await workload?.token())?.expose()).toBe(JWT)
  })

  it.each([
    [200, '{ sesame'],
    [200, '{"value":"sesame"}'],
    [200, '{}'],
    [403, 'sesame'],
  ])('says nothing of an answer that is no token: %i %s', async (status, text) => {
    const workload = workloadFrom({ ...here, ...github }, answering(status, text))
    const error: Error = await (workload as NonNullable<typeof workload>).token().then(
      () => expect.unreachable(),
      (thrown) => thrown,
    )
    expect(`${error.stack}${error.cause}`).not.toMatch(/sesame|of-this-run/)
  })

  it('sends nothing in the clear, and takes no name that is none', async () => {
    const plain = { ...here, ...github, ACTIONS_ID_TOKEN_REQUEST_URL: 'http://run.actions.example/token' }
    await expect(workloadFrom(plain, nobody)?.token()).rejects.toThrow('https')
    expect(() => workloadFrom({ ...here, ...github, BROKER_URL: 'http://broker.example' }, nobody)).toThrow(
      'https',
    )
    expect(() => workloadFrom({ ...here, ...github, BROKER_AGENT: 'agent:fixer' }, nobody)).toThrow(
      'BROKER_AGENT',
    )
  })
})
