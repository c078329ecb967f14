import type { CataloguedOperation } from '@credbroker/connectors/connector'
import type { GuardedConnector } from '@credbroker/connectors/guard'
import type { Access } from '@credbroker/core/access'
import { describe, expect, it } from 'vitest'
import { assessGateway } from './assess-gateway.ts'
import type { ScopeOrder } from './assess-scope.ts'

const operation = (name: string, ...access: Access[]): CataloguedOperation => ({
  name,
  access,
  touches: ['primary'],
  erases: [],
})
const order = (declaredAccess: Access[] = []): ScopeOrder => ({
  name: 'deploys',
  source: 'files',
  root: 'account',
  environment: 'staging',
  provider: 'railway',
  connector: 'railway',
  form: null,
  side: 'primary',
  maxTtlSeconds: 900,
  declaredAccess,
  allow: {},
})
const assess = (operations: CataloguedOperation[], declared: Access[] = [], reaches = true, known = true) =>
  assessGateway(
    {
      is: { kind: 'railway', vendor: 'railway', ...(known && { catalogue: operations }) },
      operations: () => operations,
    } as unknown as GuardedConnector,
    order(declared),
    reaches,
  )

describe('what calls of a scope can do', () => {
  it('is all that its operations can, and what was declared besides (I4b)', () => {
    const { scope, raised } = assess([operation('a', 'read'), operation('b', 'write', 'delete')], ['execute'])
    expect(scope).toMatchObject({
      access: ['read', 'write', 'delete', 'execute'],
      form: null,
      connector: 'railway',
      operations: [
        { id: 'railway:a', access: ['read'] },
        { id: 'railway:b', access: ['write', 'delete'] },
      ],
    })
    expect(raised).toEqual(['read', 'write', 'delete'])
  })

  it('is shown by twenty operations, each level among them', () => {
    const many = Array.from({ length: 40 }, (_, at) => operation(`q${at}`, 'read'))
    const { evidence } = assess([...many, operation('wipe', 'delete'), operation('patch', 'write')]).scope
    expect(evidence).toHaveLength(20)
    expect(evidence.slice(0, 3)).toEqual([
      { access: 'delete', because: 'railway:wipe' },
      { access: 'write', because: 'railway:patch' },
      { access: 'read', because: 'railway:q0' },
    ])
  })

  it('has no names for policies where the scope declares the operations itself', () => {
    expect(assess([operation('a', 'read')], [], true, false).scope).not.toHaveProperty('operations')
  })

  it('is nothing where the root reaches nothing of the environment (I2)', () => {
    expect(() => assess([operation('a', 'read')], [], false)).toThrow(
      expect.objectContaining({ code: 'reach_refused' }),
    )
  })
})
