import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { accountOf, isAnchor, matches, parseRoleArn } from './arn.ts'

describe('patterns of IAM', () => {
  it('match as the regular expression that they mean', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'B', '.', ':', '\n'), maxLength: 12 })
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*', '?', '\n'), maxLength: 6 })
    fc.assert(
      fc.property(pattern, text, (wild, given) => {
        const source = wild.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.')
        expect(matches(wild, given)).toBe(new RegExp(`^${source}$`, 'is').test(given))
      }),
      { numRuns: 2000 },
    )
  })

  it('a pattern made to run for ever does not', () => {
    expect(matches(`${'*a'.repeat(200)}b`, 'a'.repeat(400))).toBe(false)
  })
})

describe('anchors of AWS', () => {
  it.each(['111111111111', '111111111111/role/deploy', '111111111111/role/agents/deploy'])(
    '%s is one',
    (anchor) => {
      expect(isAnchor(anchor)).toBe(true)
    },
  )

  it.each([
    '',
    '11111111111',
    '111111111111/',
    '111111111111/role',
    '111111111111/role/',
    '111111111111/user/x',
    '*',
    '111111111111/role/*',
  ])('%j is none', (anchor) => {
    expect(isAnchor(anchor)).toBe(false)
  })

  it('the anchor of a role is its account, path and name', () => {
    const role = parseRoleArn('arn:aws:iam::111111111111:role/agents/ci/deploy')
    expect(role).toMatchObject({
      account: '111111111111',
      name: 'deploy',
      anchor: '111111111111/role/agents/ci/deploy',
    })
    expect(isAnchor(role?.anchor ?? '')).toBe(true)
  })

  it('what is no ARN may belong to any account', () => {
    expect(accountOf('*')).toBe('*')
    expect(accountOf('arn:aws:s3:::reports')).toBe('')
    expect(accountOf('arn:aws:sqs:eu-central-1:111111111111:jobs')).toBe('111111111111')
  })
})
