import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { sandbox } from '../../test/run-cli.ts'
import { configDirectory } from './read-directory.ts'

it('is the one that is named, also by its broker.yaml', async () => {
  await using here = await sandbox()
  await mkdir(join(here.directory, 'c'))
  for (const asked of ['c', 'c/', 'c/broker.yaml', join(here.directory, 'c')])
    expect(await configDirectory(here.directory, asked)).toBe(join(here.directory, 'c'))
})

it('is what `broker init` wrote where none is named and this is none', async () => {
  await using here = await sandbox()
  expect(await configDirectory(here.directory)).toBe(here.directory)
  await here.run(['init'])
  expect(await configDirectory(here.directory)).toBe(join(here.directory, 'credbroker'))
  expect((await here.run(['policy', 'test'])).out).toContain('5 of 5 cases hold.')
  await mkdir(join(here.directory, 'policies'))
  expect(await configDirectory(here.directory)).toBe(here.directory)
})

it('that is not there is said to be missing, by every command that reads one', async () => {
  await using here = await sandbox()
  await writeFile(join(here.directory, 'file'), '')
  for (const line of [
    ['policy', 'check'],
    ['policy', 'test'],
    ['apply', '-f'],
    ['audit', 'verify'],
  ])
    expect(await here.run([...line, 'nope'])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^broker: There is no .*nope/),
    })
  await expect(configDirectory(here.directory, 'file')).rejects.toThrow('There is no directory file.')
})
