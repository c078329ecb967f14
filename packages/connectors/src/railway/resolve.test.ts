import { describe, expect, it } from 'vitest'
import { anchor, ids, railwayVendor } from '../../test/railway-vendor.ts'
import railway from '../kinds/railway.ts'

const spec = railway.spec.parse({
  projects: [ids.project],
  operations: railway.catalogue?.map(({ name }) => name),
})

function resolve(name: string, args: object, answer = railwayVendor) {
  const reader = { host: 'backboard.railway.com', read: async ({ body = '' }) => answer(body) }
  return railway.resolve([{ name, arguments: args as never }], spec, reader)
}

describe('an id alone is looked for at the vendor (I2)', () => {
  it.each([
    ['a volume of one environment', 'volumeDelete', { volumeId: ids.productionVolume }, [anchor.production]],
    ['a volume of both', 'volumeDelete', { volumeId: ids.sharedVolume }, [anchor.staging, anchor.production]],
    ['a deployment', 'deploymentRollback', { id: ids.deployment }, [anchor.staging]],
    [
      'a service in its environment',
      'serviceDelete',
      { id: ids.service, environmentId: ids.staging },
      [anchor.staging],
    ],
    ['a service by itself is the whole project', 'serviceConnect', { id: ids.service }, [anchor.project]],
    ['a project is more than any environment of it', 'projectDelete', { id: ids.project }, [anchor.project]],
    [
      'a backup of a volume instance',
      'volumeInstanceBackupDelete',
      { volumeInstanceId: ids.productionInstance, volumeInstanceBackupId: ids.backup },
      [anchor.production],
    ],
    [
      'one instance of a volume that has two',
      'volumeInstanceUpdate',
      { volumeId: ids.sharedVolume, environmentId: ids.staging },
      [anchor.staging],
    ],
  ])('%s', async (_, name, args, anchors) =>
    expect(await resolve(name, args)).toMatchObject({ is: 'resolved', anchors }),
  )

  it.each([
    ['a volume that nobody has', 'volumeDelete', { volumeId: ids.nobody }],
    ['an environment that nobody has', 'environmentDelete', { id: ids.nobody }],
    [
      'a foreign service in an environment of ours',
      'serviceDelete',
      { id: ids.foreignService, environmentId: ids.staging },
    ],
    [
      'a project of ours named with an environment of somebody else',
      'query.variables',
      { projectId: ids.project, environmentId: ids.foreignEnvironment },
    ],
    [
      'a backup that is not of this volume',
      'volumeInstanceBackupDelete',
      { volumeInstanceId: ids.stagingInstance, volumeInstanceBackupId: ids.nobody },
    ],
    [
      'a volume that is not in this environment',
      'volumeInstanceUpdate',
      { volumeId: ids.productionVolume, environmentId: ids.staging },
    ],
    [
      'a configuration that names a volume of another environment',
      'environmentPatchCommit',
      { environmentId: ids.staging, patch: { volumes: { [ids.productionVolume]: { isDeleted: true } } } },
    ],
  ])('%s is unresolved', async (_, name, args) =>
    expect(await resolve(name, args)).toEqual({ is: 'unresolved' }),
  )

  it('a list that goes on is not the whole truth about a volume', async () => {
    const cut = (body: string) => {
      const answer = railwayVendor(body)
      return { ...answer, body: answer.body.replaceAll('"hasNextPage":false', '"hasNextPage":true') }
    }
    expect(await resolve('volumeDelete', { volumeId: ids.stagingVolume }, cut)).toEqual({ is: 'unresolved' })
  })

  it('an answer about another id than the one that was asked for is none', async () => {
    const other = (body: string) => railwayVendor(body.replace(ids.production, ids.staging))
    expect(await resolve('environmentDelete', { id: ids.production }, other)).toEqual({ is: 'unresolved' })
  })

  const newestBackup = '2026-04-20T03:00:00.000Z'
  it.each([
    [
      'a volume',
      'volumeDelete',
      { volumeId: ids.productionVolume },
      { volumes: ['production data'], backupCount: 1, newestBackup, backupsDieWithIt: true },
    ],
    [
      'a volume, through a configuration',
      'environmentPatchCommit',
      { environmentId: ids.staging, patch: { volumes: { [ids.stagingVolume]: { isDeleted: true } } } },
      { volumes: ['staging data'], backupCount: 1, newestBackup, backupsDieWithIt: true },
    ],
    [
      'all of an environment, names cleaned',
      'environmentDelete',
      { id: ids.production },
      { volumes: ['production data', 'shared\ufffd data'], backupCount: 2, backupsDieWithIt: true },
    ],
    [
      'a service with what is mounted in it',
      'serviceDelete',
      { id: ids.service, environmentId: ids.production },
      { volumes: ['production data', 'shared\ufffd data'], backupsDieWithIt: true },
    ],
    [
      'a service, through a configuration',
      'environmentPatchCommit',
      { environmentId: ids.production, patch: { services: { [ids.service]: { isDeleted: true } } } },
      { volumes: ['production data', 'shared\ufffd data'], backupsDieWithIt: true },
    ],
    [
      'one backup alone',
      'volumeInstanceBackupDelete',
      { volumeInstanceId: ids.productionInstance, volumeInstanceBackupId: ids.backup },
      { volumes: ['production data'], backupCount: 1, backupsDieWithIt: false },
    ],
  ])('before it goes, its backups are counted (I5): %s', async (_, name, args, facts) =>
    expect(await resolve(name, args)).toMatchObject({ is: 'resolved', facts }),
  )

  it('a call that erases no backup tells of none', async () => {
    const found = await resolve('deploymentRollback', { id: ids.deployment })
    expect(found).toMatchObject({ is: 'resolved', facts: {} })
  })

  it('a vendor that keeps the backups to itself leaves the deletion unresolved', async () => {
    const silent = (body: string) =>
      body.includes('volumeInstanceBackupList')
        ? { status: 200, body: '{"errors":[{"message":"Problem processing request"}],"data":null}' }
        : railwayVendor(body)
    expect(await resolve('volumeDelete', { volumeId: ids.stagingVolume }, silent)).toEqual({
      is: 'unresolved',
    })
  })
})
