import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stripAmbient } from './ambient-env.ts'
import { AMBIENT_NAMES } from './ambient-names.ts'

const HARMLESS = [
  'PATH',
  'HOME',
  'USER',
  'SHELL',
  'TERM',
  'LANG',
  'LC_ALL',
  'TZ',
  'TMPDIR',
  'PWD',
  'EDITOR',
  'NODE_ENV',
  'NODE_OPTIONS',
  'CI',
  'COLORTERM',
  'TOKENIZERS_PARALLELISM',
  'KEYBOARD_LAYOUT',
  'AUTHOR',
  'AWS_PAGER',
  'AWS_MAX_ATTEMPTS',
  'GIT_AUTHOR_NAME',
  'XDG_RUNTIME_DIR',
  'PGSSLROOTCERT',
  'JAVA_HOME',
]
const value = fc.string({ unit: fc.constantFrom('a', 'b', '1', '/', '.', ' '), maxLength: 20 })
const name = fc.oneof(
  fc.constantFrom(...HARMLESS, ...AMBIENT_NAMES),
  fc.string({ unit: fc.constantFrom('A', 'b', '_', 'TOKEN', 'KEY', 'API', '9'), minLength: 1, maxLength: 8 }),
)
const environment = fc.dictionary(name, value)

describe('what a child inherits', () => {
  it('holds no empty token for npm, which would keep it from asking in another way', () => {
    expect(stripAmbient({ NODE_AUTH_TOKEN: '', npm_config_userconfig: '' })).toEqual({
      env: {},
      withheld: ['NODE_AUTH_TOKEN', 'npm_config_userconfig'],
    })
  })

  it('holds none of the listed names, whatever their case', () => {
    fc.assert(
      fc.property(fc.constantFrom(...AMBIENT_NAMES), fc.boolean(), value, (listed, lower, text) => {
        const written = lower ? listed.toLowerCase() : listed
        expect(stripAmbient({ [written]: text })).toEqual({ env: {}, withheld: [written] })
      }),
    )
  })

  it('holds what no rule is about', () => {
    for (const harmless of HARMLESS)
      expect(stripAmbient({ [harmless]: 'x' }).env).toEqual({ [harmless]: 'x' })
  })

  it.each([
    'MY_SERVICE_TOKEN',
    'acme_api_key',
    'ACME_APIKEY',
    'DB_PASSWORD',
    'PASSWORD',
    'SECRET_KEY_BASE',
    'DJANGO_SECRET_KEY',
    'JWT_SIGNING_KEY',
    'APP_PRIVATE_KEY_BASE64',
    'STAGING_DATABASE_URL',
    'REDIS_URI',
    'AZURE_STORAGE_CONNECTION_STRING',
    'DISCORD_WEBHOOK_URL',
    'SUPABASE_SERVICE_ROLE_KEY',
    'GIT_CONFIG_VALUE_0',
    'AWS_ENDPOINT_URL_S3',
    'npm_config_//registry.npmjs.org/:_authToken',
    'BROKER_PROFILE',
    'BROKER_KEYFILE',
  ])('holds nothing that is named like a credential: %s', (like) => {
    expect(stripAmbient({ [like]: 'x' }).withheld).toEqual([like])
  })

  it.each([
    ['PAYMENTS', 'postgres://app:hunter2@db/orders'],
    ['PIP_INDEX_URL', 'https://bot:hunter2@pypi.example/simple'],
    ['DEPLOY', 'ghp_0123456789abcdef0123456789abcdef0123'],
    ['X', 'AKIAIOSFODNN7EXAMPLE'],
    ['Y', '-----BEGIN EC PRIVATE KEY-----\nMHc'],
    ['Z', 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln'],
    ['ENROL', 'brk_enr_x'],
  ])('holds nothing whose value gives it away: %s', (odd, text) => {
    expect(stripAmbient({ [odd]: text }).withheld).toEqual([odd])
  })

  it('keeps a proxy, with its password: without it nothing is reached', () => {
    const env = { https_proxy: 'http://me:pw@proxy.example:3128', NO_PROXY: 'localhost' }
    expect(stripAmbient(env).env).toEqual(env)
  })

  it('property: every variable is inherited or withheld, unchanged; what is kept is kept by its exact name', () => {
    fc.assert(
      fc.property(environment, fc.array(name), (env, keep) => {
        const { env: rest, withheld } = stripAmbient(env, keep)
        expect([...Object.keys(rest), ...withheld].sort()).toEqual(Object.keys(env).sort())
        for (const [key, text] of Object.entries(rest)) expect(text).toBe(env[key])
        for (const key of keep) if (key in env) expect(rest[key]).toBe(env[key])
        expect(stripAmbient(rest, keep)).toEqual({ env: rest, withheld: [] })
      }),
    )
  })
})
