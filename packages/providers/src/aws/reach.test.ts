import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { reachOf } from './reach.ts'

const user = {
  kind: 'user',
  arn: 'arn:aws:iam::111111111111:user/minter',
  account: '111111111111',
  name: 'minter',
} as const
const allow = (Action: string, Resource: string) => ({
  Effect: 'Allow' as const,
  Action: [Action],
  Resource: [Resource],
})
const reach = (...statements: ReturnType<typeof allow>[]) => reachOf(user, statements, 'minter')

describe('what statements reach (I2)', () => {
  it.each([
    'arn:aws:iam:*:111111111111:role/deploy',
    'arn:*:iam::111111111111:role/deploy',
    'arn:aws:*:111111111111:role/deploy',
    'arn:aws:iam::1111*:role/deploy',
    'arn:aws:iam::????????????:role/deploy',
    'arn:aws:iam::*',
    '*',
    '',
  ])('a pattern that may stand for any account has no end: %j', (resource) => {
    expect(reach(allow('sts:AssumeRole', resource)).bounded).toBe(false)
  })

  it.each([
    ['arn:aws:iam::222222222222:role/deploy', '222222222222/role/deploy'],
    ['arn:aws:iam::222222222222:role/deploy*', '222222222222'],
    ['arn:aws:iam::222222222222:*', '222222222222'],
  ])('%s reaches %s', (resource, anchor) => {
    expect(reach(allow('STS:assumeROLE', resource))).toMatchObject({
      anchors: [anchor],
      bounded: true,
      findings: [],
    })
  })

  it('any pattern that could mean assuming roles counts as that', () => {
    const pattern = fc
      .tuple(fc.nat(14), fc.nat(14))
      .map(([from, to]) => `${'sts:AssumeRole'.slice(0, from)}*${'sts:AssumeRole'.slice(Math.max(from, to))}`)
    fc.assert(
      fc.property(pattern, (action) => {
        const { bounded, findings } = reach(allow(action, '*'))
        expect(bounded).toBe(false)
        expect(findings.some(({ level }) => level === 'unsafe')).toBe(true)
      }),
    )
  })

  it('a statement more never reaches less', () => {
    const statement = fc
      .tuple(
        fc.constantFrom('sts:AssumeRole', 's3:GetObject', 'iam:PassRole', 'iam:ListRoles', '*'),
        fc.constantFrom(
          '*',
          'arn:aws:iam::222222222222:role/a',
          'arn:aws:sqs:eu-west-1:333333333333:q',
          user.arn,
        ),
      )
      .map(([action, resource]) => allow(action, resource))
    fc.assert(
      fc.property(fc.array(statement, { maxLength: 4 }), statement, (some, more) => {
        const [before, after] = [reach(...some), reach(...some, more)]
        expect(after.anchors).toEqual(expect.arrayContaining([...before.anchors]))
        expect(before.bounded || !after.bounded).toBe(true)
      }),
    )
  })
})
