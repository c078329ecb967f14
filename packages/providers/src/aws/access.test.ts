import { readFile } from 'node:fs/promises'
import { ACCESS, isDangerous } from '@credbroker/core/access'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cataloguePath, renderCatalogue } from '../../test/aws-catalogue.ts'
import { accessOf, expandAction } from './access.ts'
import { RULES } from './access-rules.ts'
import { matches } from './arn.ts'
import { CATALOGUE } from './catalogue.gen.ts'

const NAMES = Object.entries(CATALOGUE).flatMap(([service, levels]) =>
  Object.values(levels).flatMap((names) =>
    names
      .split(' ')
      .filter(Boolean)
      .map((name) => `${service}:${name}`),
  ),
)
const name = fc.constantFrom(...NAMES)

describe('the access of an AWS action (I4b)', () => {
  it.each([
    ['s3:GetObject', ['read']],
    ['s3:PutObject', ['write']],
    ['s3:DeleteObject', ['delete']],
    ['s3:PutBucketPolicy', ['admin']],
    ['s3:PutLifecycleConfiguration', ['delete', 'admin']],
    ['s3:GetDataAccess', ['read', 'secret']],
    ['dynamodb:BatchWriteItem', ['write', 'delete']],
    ['secretsmanager:GetSecretValue', ['read', 'secret']],
    ['ssm:GetParameter', ['read', 'secret']],
    ['ssm:SendCommand', ['execute']],
    ['lambda:InvokeFunction', ['execute']],
    ['lambda:ListFunctions', ['read', 'secret']],
    ['ecr:GetAuthorizationToken', ['read', 'secret']],
    ['kms:Decrypt', ['secret']],
    ['backup:DeleteBackupVault', ['delete']],
    ['backup:DeleteRecoveryPoint', ['delete']],
    ['ec2:DeleteSnapshot', ['delete']],
    ['rds:DeleteDBInstanceAutomatedBackup', ['delete']],
    ['rds:ModifyDBInstance', ['delete', 'admin']],
    ['sqs:PurgeQueue', ['delete']],
    ['sqs:TagQueue', ['admin']],
  ])('%s is %j', (action, access) => {
    expect(accessOf(action)).toEqual(access)
  })

  it('does not depend on the case of letters', () => {
    fc.assert(
      fc.property(name, (each) => {
        expect(accessOf(each.toLowerCase())).toEqual(accessOf(each))
      }),
    )
  })

  it('what AWS did not list is admin, and a pattern over an unknown service is everything', () => {
    expect(accessOf('s3:FutureThing')).toEqual(['admin'])
    expect(accessOf('s3:DeleteFuture')).toEqual(['delete', 'admin'])
    expect(accessOf('quantum:Get')).toEqual(['admin'])
    expect(accessOf('quantum:Get*')).toEqual(ACCESS)
  })

  it('a pattern is at least as much as each action that it matches', () => {
    const wild = fc
      .tuple(name, fc.nat(30), fc.nat(30), fc.constantFrom('*', '?', '*?'))
      .map(([each, from, length, mark]) => {
        const [service = '', action = ''] = each.split(':')
        return `${service}:${action.slice(0, from)}${mark}${action.slice(from + length)}`
      })
    fc.assert(
      fc.property(wild, (pattern) => {
        const access = accessOf(pattern)
        for (const each of NAMES)
          if (matches(pattern, each)) expect(access).toEqual(expect.arrayContaining([...accessOf(each)]))
      }),
    )
  })

  it('a pattern expands to all listed actions that it matches, and to nothing else', () => {
    expect(expandAction('sqs:Get*')).toEqual(['sqs:GetQueueAttributes', 'sqs:GetQueueUrl'])
    expect(expandAction('quantum:*')).toEqual(['quantum:*'])
    expect(expandAction('s3:GetObject')).toEqual(['s3:GetObject'])
  })

  it('every destructive verb is dangerous, in every service', () => {
    const destructive = NAMES.filter((each) => /:(Batch)?(Delete|Terminate|Purge)/.test(each))
    expect(destructive.length).toBeGreaterThan(200)
    for (const each of destructive) expect(accessOf(each).some(isDangerous), each).toBe(true)
  })

  it('every rule names an action that AWS lists', () => {
    for (const [service, rules] of Object.entries(RULES))
      for (const each of Object.values(rules).flatMap((names) => names.split(' ')))
        expect(NAMES).toContain(`${service}:${each}`)
  })

  it('the catalogue is in step with AWS’s own', async () => {
    expect(await readFile(cataloguePath, 'utf8')).toBe(await renderCatalogue())
  })
})
