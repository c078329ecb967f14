import { describe, expect, it } from 'vitest'
import { needs } from '../../../../../../test/harness/services.ts'
import { chooseOsUser } from './os-user.ts'
import { findOsUser } from './passwd.ts'
import { run } from './run.ts'

const notRoot = await needs('root')
const own = `credbroker-t${process.pid}`

describe.skipIf(notRoot)('as root, the operating-system user of PostgreSQL', () => {
  it('is made when it is missing, and found the next time', async () => {
    try {
      const made = await chooseOsUser(true, { own, borrowed: [] })
      expect(made?.name).toBe(own)
      expect(made?.uid).toBeGreaterThan(0)
      expect(await chooseOsUser(false, { own, borrowed: [] })).toEqual(made)
      expect((await run('/usr/bin/id', ['-un'], { user: made })).stdout.trim()).toBe(own)
    } finally {
      await run('userdel', [own])
    }
    expect(await findOsUser(own)).toBeUndefined()
  })

  it('is an existing one where none can be made', async () => {
    expect(await chooseOsUser(false, { own, borrowed: ['no-such-user', 'nobody'] })).toMatchObject({
      name: 'nobody',
    })
  })

  it('is never root, and the error says what to do', async () => {
    await expect(chooseOsUser(false, { own, borrowed: ['root'] })).rejects.toMatchObject({
      fault: 'os_user_missing',
      message: expect.stringContaining('DATABASE_URL'),
    })
  })

  it('loses our supplementary groups with the uid', async () => {
    const nobody = await findOsUser('nobody')
    const { stdout } = await run('/usr/bin/id', ['-G'], { user: nobody })
    expect(stdout.trim()).toBe(String(nobody?.gid))
  })
})
