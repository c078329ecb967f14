import { newOpaque } from '@credbroker/core/opaque'
import { describe, expect, it } from 'vitest'
import { refuseSecretArguments } from './secret-arguments.ts'
import type { UsageError } from './usage-error.ts'

const token = newOpaque('enr', (bytes) => bytes.fill(7))

describe('I1: an argument that looks like a secret is refused', () => {
  it.each([
    'postgres://admin:hunter2@db/orders',
    '--secret=hunter2hunter2',
    `{"password":"hunter2hunter2"}`,
    '{"secret_access_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}',
    'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    '-----BEGIN EC PRIVATE KEY-----',
    'ghp_abcdefghijklmnopqrstuvwxyz0123456789',
    token,
  ])('%s', (argument) => {
    const attempt = () => refuseSecretArguments(['root', 'add', argument])
    expect(attempt).toThrow('Argument 3 looks like')
    try {
      attempt()
    } catch (error) {
      const { message, advice } = error as UsageError
      expect(message + advice).not.toContain(argument)
    }
  })
})

describe('an ordinary argument passes', () => {
  it.each([
    'orders-ro',
    'tsk_01jd2q8c0v3m5n7p9r1t3w5y7z',
    'http://127.0.0.1:4747',
    'https://broker.example/path',
    '--secret-file',
    '--secret-file=/run/secrets/orders',
    'file:/run/secrets/orders',
    'fix the login token refresh',
    '/home/mia/projects/checkout/infrastructure/broker',
    '2026-11-22',
    'make the secret: token refreshing works',
    '/home/mia/projects/checkout/infra/brokerdirs',
    'da39a3ee5e6b4b0d3255bfef95601890afd80709',
  ])('%s', (argument) => {
    expect(() => refuseSecretArguments(['x', argument])).not.toThrow()
  })

  it('and so does whatever follows `--`', () => {
    expect(() => refuseSecretArguments(['exec', '--', 'psql', 'postgres://u:p@localhost/x'])).not.toThrow()
  })
})
