import { inspect } from 'node:util'
import { Secret } from '@credbroker/core/secret'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type ConnectorBench, operationsOf } from './subject.ts'

export function secrecy(bench: ConnectorBench): void {
  const { connector, subject, spec } = bench
  const root = connector.root.parse(subject.root)

  it('a root prints nothing, goes to one https origin and into credential headers only', () => {
    const { origin, credential } = connector.upstream(root)
    expect(origin).toMatch(/^https:\/\/[a-z0-9.-]+(:\d+)?$/)
    expect(Object.values(credential).some((value) => shows(value.expose(), subject.secret))).toBe(true)
    for (const shown of [root, credential]) {
      expect(inspect(shown, { depth: 9, showHidden: true })).not.toContain(subject.secret)
      expect(JSON.stringify(shown)).not.toContain(subject.secret)
    }
  })

  it('what is rebuilt carries no credential, so that it can be shown and hashed', () => {
    for (const { request } of subject.samples) {
      const sent = connector.rebuild(operationsOf(bench, request), spec)
      expect(JSON.stringify(sent)).not.toContain(subject.secret)
      expect(Object.keys(sent.headers)).not.toContain('authorization')
    }
  })

  it('strikes a known secret out of an answer, wherever its chunks are cut', () => {
    const answer = Buffer.from(`{"echo":"${subject.secret}","b":"${btoa(`x:${subject.secret}`)}"}`)
    fc.assert(
      fc.property(fc.array(fc.nat({ max: answer.length }), { maxLength: 9 }), (cuts) => {
        const redact = connector.redact([new Secret(subject.secret)])
        const places = [0, ...cuts.sort((a, b) => a - b), answer.length]
        const out = places.slice(1).map((to, index) => redact.write(answer.subarray(places[index], to)))
        const seen = Buffer.concat([...out, redact.end()]).toString()
        expect(seen).not.toContain(subject.secret)
        expect(seen).not.toContain(btoa(`:${subject.secret}`).slice(4, 20))
        expect(seen).toMatch(/^\{"echo":"\[secret\]","b":"/)
      }),
    )
  })

  it('refuses a root or a scope with a member that nobody declared', () => {
    for (const [schema, value] of [
      [connector.root, subject.root],
      [connector.spec, subject.spec],
    ] as const) {
      expect(schema.safeParse(value).success).toBe(true)
      expect(schema.safeParse({ ...(value as object), undeclared: 1 }).success).toBe(false)
    }
  })
}

/** As it is, or as the password of `Basic`. */
const shows = (value: string, secret: string): boolean =>
  value.includes(secret) ||
  Buffer.from(value.replace(/^Basic /, ''), 'base64')
    .toString()
    .endsWith(`:${secret}`)
