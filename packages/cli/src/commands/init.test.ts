import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { enrolledAt } from '../../test/broker-double.ts'
import { sandbox } from '../../test/run-cli.ts'
import { loadConfig } from '../config/load.ts'
import { readConfig } from '../config/read-config.ts'
import { starterFiles } from '../init/starter.ts'
import { asName, parseAwsConfig } from '../init/survey.ts'

const yamlOf = (directory: string) => readFile(join(directory, 'broker.yaml'), 'utf8')

describe('the starter set', () => {
  it('passes its own checks and tests as it is', async () => {
    await using here = await sandbox()
    expect(await here.run(['init'])).toMatchObject({ code: 0, err: '' })
    expect(await here.run(['policy', 'check', 'credbroker'])).toMatchObject({ code: 0, err: '' })
    const tested = await here.run(['policy', 'test', 'credbroker', '--json'])
    expect({ code: tested.code, ...JSON.parse(tested.out) }).toMatchObject({ code: 0, ok: true })
    const { config } = await loadConfig('credbroker', here.directory)
    expect(config.environments).toMatchObject({
      staging: { tier: 'standard' },
      production: { tier: 'protected' },
    })
    expect(config.agents).toMatchObject({ 'mia-agent': { owner: 'mia' } })
    expect(config.users).toEqual({ mia: { roles: ['viewer'] } })
  })

  it('is still valid with everything that it comments out', async () => {
    await using here = await sandbox()
    await here.run(['init', '.'])
    const text = await yamlOf(here.directory)
    const uncommented = text
      .replace(/^( *)# (?=(?:anchors:| {2}- \{ vendor))/gm, '$1')
      .replace(/^# (?=(?:roots|scopes):| )/gm, '')
    expect(uncommented).toContain('\nroots:\n  orders-db:')
    const reading = readConfig(uncommented, 'broker.yaml')
    expect(reading).toHaveProperty('config')
    if ('config' in reading) {
      expect(Object.keys(reading.config.scopes)).toEqual(['orders-ro', 'reports-rw'])
      expect(reading.config.environments['staging']?.anchors).toHaveLength(2)
    }
  })

  it('permits nothing in production, to anybody', async () => {
    await using here = await sandbox()
    await here.run(['init', '.'])
    await writeFile(
      join(here.directory, 'broker.yaml'),
      `${await yamlOf(here.directory)}
roots: { live: { provider: postgres-role, environment: production, owner: mia } }
scopes: { live-ro: { root: live, environment: production, allow: {} }, try-rw: { root: live, environment: staging, allow: {} } }
`,
    )
    const explain = async (scope: string, access: string) =>
      JSON.parse(
        (
          await here.run([
            'policy',
            'explain',
            '-f',
            '.',
            '--agent',
            'mia-agent',
            '--scope',
            scope,
            '--access',
            access,
            '--json',
          ])
        ).out,
      )
    for (const access of ['read', 'write', 'delete', 'admin', 'secret', 'execute'])
      expect(await explain('live-ro', access)).toMatchObject({ verdict: 'deny' })
    expect(await explain('try-rw', 'write')).toMatchObject({
      verdict: 'permit',
      decisions: [{ policies: ['staging-read-write'] }],
    })
    expect(await explain('try-rw', 'delete')).toMatchObject({ verdict: 'deny' })
  })

  it('lets the user of the profile own the agent, without declaring them again', async () => {
    await using here = await sandbox()
    await enrolledAt('http://127.0.0.1:1', here.env)
    here.env['USER'] = 'somebody-else'
    await here.run(['init', '.'])
    const { config } = await loadConfig('.', here.directory)
    expect(config.users).toEqual({})
    expect(config.agents).toMatchObject({ 'mia-agent': { owner: 'mia' } })
  })

  it('brings the schema that its first line names', async () => {
    await using here = await sandbox()
    await here.run(['init', '.'])
    expect(await yamlOf(here.directory)).toMatch(
      /^# yaml-language-server: \$schema=\.\/broker\.schema\.json\n/,
    )
    const schema = JSON.parse(await readFile(join(here.directory, 'broker.schema.json'), 'utf8'))
    expect(schema).toMatchObject({ required: ['version'], additionalProperties: false })
  })
})

it('overwrites nothing, and then writes nothing at all', async () => {
  await using here = await sandbox()
  await mkdir(join(here.directory, 'policies'))
  await writeFile(join(here.directory, 'policies', 'staging.cedar'), 'mine')
  const { code, err } = await here.run(['init', '.'])
  expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('policies/staging.cedar  exists') })
  expect(await readFile(join(here.directory, 'policies', 'staging.cedar'), 'utf8')).toBe('mine')
  await expect(stat(join(here.directory, 'broker.yaml'))).rejects.toThrow('ENOENT')
  expect(await readdir(join(here.directory, 'policies'))).toEqual(['staging.cedar'])
})

it('I1: writes no value of a credential that it comes across', async () => {
  await using here = await sandbox()
  const canary = 'hunter2canary'
  Object.assign(here.env, {
    DATABASE_URL: `postgres://u:${canary}@h/d`,
    PGPASSWORD: canary,
    PGDATABASE: `x'${canary}\n`,
    AWS_SECRET_ACCESS_KEY: canary,
    AWS_CONFIG_FILE: join(here.directory, 'aws'),
  })
  await writeFile(
    join(here.directory, 'aws'),
    `[default]\nregion = eu-west-1\naws_secret_access_key = ${canary}\n[profile dev]\n`,
  )
  const { out } = await here.run(['init'])
  const yaml = await yamlOf(join(here.directory, 'credbroker'))
  expect(yaml).toContain('AWS profiles: default, dev')
  expect(yaml).toContain('"region": "eu-west-1"')
  expect(yaml + out).not.toContain(canary)
})

it('whatever is found on the machine, what is written is valid', () => {
  const found = fc.record({
    owner: fc.string({ unit: 'grapheme' }).map(asName),
    ownerEnrolled: fc.boolean(),
    awsProfiles: fc.string({ unit: fc.constantFrom(...'[]profile x\n=region-1') }).map(parseAwsConfig),
    postgres: fc.constantFrom({ database: 'orders' }),
  })
  fc.assert(
    fc.property(found, (survey) => {
      const yaml = starterFiles(survey).find(({ path }) => path === 'broker.yaml')?.text ?? ''
      expect(readConfig(yaml, 'f')).toHaveProperty('config')
    }),
  )
})
