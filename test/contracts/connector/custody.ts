import { guardConnector } from '@credbroker/connectors/guard'
import { BrokerError } from '@credbroker/core/errors'
import { Secret } from '@credbroker/core/secret'
import { expect, it } from 'vitest'
import { type ConnectorBench, readerOf, STRANGE_ANSWERS } from './subject.ts'

type Vendor = ConnectorBench['subject']['vendor']

export function custody(bench: ConnectorBench): void {
  const { connector, subject } = bench
  const root = connector.root.parse(subject.root)
  const text = new Secret(typeof subject.root === 'string' ? subject.root : JSON.stringify(subject.root))
  /** As the broker inspects a root. */
  const inspect = (answer: Vendor) =>
    guardConnector(connector, {
      egress: async (_, { body = '', target }) => {
        const { status, body: answered } = answer(body, target)
        return { status, headers: [], body: chunks(answered) }
      },
    }).inspect(text)

  it('a root is found to reach what the vendor says, and who it is', async () => {
    const found = await inspect(subject.vendor)
    expect(found).toMatchObject({ reach: subject.reaches, complete: true })
    expect(found.identity).not.toBe('')
  })

  it('asks afresh, reads only, and puts no credential of its own into what it asks', async () => {
    const { reader, asked } = readerOf(bench)
    await connector.reach(root, reader)
    for (const { request, fresh } of asked) {
      expect(fresh).toBe(true)
      expect(request.method === 'GET' || !/\bmutation\b/.test(request.body ?? '')).toBe(true)
      expect(JSON.stringify(request)).not.toContain(subject.secret)
    }
  })

  it('what the vendor forbids or answers strangely is not a complete reach', async () => {
    const { reader, asked } = readerOf(bench)
    await connector.reach(root, reader)
    if (asked.length === 0) return
    for (const answer of STRANGE_ANSWERS) {
      const found = await inspect(() => answer).catch((error: unknown) => error)
      if (!(found instanceof BrokerError)) expect(found, answer.body).toMatchObject({ complete: false })
    }
  })

  it('a vendor that names its things after the root, or writes over the line, is not repeated', async () => {
    const found = await inspect((body, target) => {
      const { status, body: answered } = subject.vendor(body, target)
      const named = answered.replace(/"(name|login|email|username)":"[^"]*"/g, (_, name) =>
        JSON.stringify({ [name]: `${subject.secret}\u202e\u0007` }).slice(1, -1),
      )
      return { status, body: named }
    }).catch((error: unknown) => error)
    expect(JSON.stringify(found)).not.toContain(subject.secret)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: looking for them is the point
    expect(JSON.stringify(found)).not.toMatch(/[\u0000-\u001f\u202e]|\\u0007/)
  })
}

async function* chunks(text: string) {
  yield Buffer.from(text)
}
