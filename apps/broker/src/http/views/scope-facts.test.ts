import { describe, expect, it } from 'vitest'
import { factsOfScopes } from './scope-facts.ts'

const scopes: Record<string, object> = {
  orders: { form: 'postgres', root: 'pg' },
  rail: { form: null, connector: 'railway', root: 'rail' },
  api: { form: null, connector: 'http', root: 'api' },
  lost: { form: null, connector: 'http', root: 'gone' },
}
const roots: Record<string, object> = {
  rail: { reach: ['0f5c2b7e-0000-4000-8000-000000000001'] },
  api: {
    reach: ['api.example.com', 'api.example.com/tenants/1', '127.0.0.1:4711', 'localhost:80/x', 'not a host'],
  },
}
const facts = factsOfScopes({
  stored: ((table: string, key: string) => {
    const row = (table === 'scopes' ? scopes : roots)[key]
    return row && { row, intact: true }
  }) as never,
})

describe('what a client is told of a scope', () => {
  it('is the form of what it mints', () => expect(facts('orders')).toEqual({ form: 'postgres' }))

  it('is where the vendor’s tools send their calls, from the connector or from the root', () => {
    expect(facts('rail').gateway).toEqual({
      connector: 'railway',
      hosts: ['backboard.railway.com', 'backboard.railway.app'],
      placeholders: ['RAILWAY_API_TOKEN'],
    })
    expect(facts('api').gateway).toEqual({
      connector: 'http',
      hosts: ['api.example.com', '127.0.0.1:4711', 'localhost:80'],
    })
  })

  it('is nothing where the scope or its root is gone', () => {
    expect(facts('none')).toEqual({})
    expect(facts('lost').gateway).toEqual({ connector: 'http', hosts: [] })
  })
})
