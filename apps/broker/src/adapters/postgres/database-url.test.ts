import type { ConnectionOptions, PeerCertificate } from 'node:tls'
import { inspect } from 'node:util'
import { Secret } from '@credbroker/core/secret'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseDatabaseUrl } from './database-url.ts'
import { StartupError } from './startup-error.ts'

const parse = (url: string) => parseDatabaseUrl(new Secret(url))
const faultOf = (url: string) => {
  try {
    parse(url)
    return undefined
  } catch (error) {
    return error as StartupError
  }
}

describe('DATABASE_URL', () => {
  it('names host, port, user, password and database, with escapes', () => {
    const target = parse('postgresql://b%40d:p%2F%25w@db.example:6543/cred%20broker')
    expect(target).toMatchObject({
      hosts: [{ host: 'db.example', port: 6543 }],
      user: 'b@d',
      database: 'cred broker',
      connectTimeoutSeconds: 10,
    })
    expect(target.password.expose()).toBe('p/%w')
  })

  it.each([
    ['postgres://u@h/d', [{ host: 'h', port: 5432 }]],
    ['postgres://u@[::1]:1/d', [{ host: '::1', port: 1 }]],
    [
      'postgres://u@a:1,b:2/d',
      [
        { host: 'a', port: 1 },
        { host: 'b', port: 2 },
      ],
    ],
    ['postgres://u@/d?host=/run/pg&port=7', [{ host: '/run/pg', port: 7 }]],
    ['postgres://u@%2Frun%2Fpg/d', [{ host: '/run/pg', port: 5432 }]],
    ['postgres:///d?user=u', [{ host: 'localhost', port: 5432 }]],
  ])('%s is understood as libpq understands it', (url, hosts) => {
    expect(parse(url).hosts).toEqual(hosts)
  })

  it.each([
    ['', 'prefer'],
    ['?sslmode=disable', false],
    ['?sslmode=require', { rejectUnauthorized: false }],
    ['?sslmode=verify-full', {}],
    ['?sslmode=verify-full&sslrootcert=system', {}],
  ])('encryption as %s asks', (query, tls) => {
    expect(parse(`postgres://u:p@h/d${query}`).tls).toEqual(tls)
  })

  it.each(['verify-full', 'require&sslrootcert=system', 'prefer&sslrootcert=system'])(
    'sslmode=%s at an address wants a certificate of that address, and none of localhost',
    (sslmode) => {
      const { tls } = parse(`postgres://u:p@db.example,127.0.0.1,[::1]/d?sslmode=${sslmode}`)
      const { checkServerIdentity } = tls as ConnectionOptions
      const fault = (name: string, subjectaltname: string) =>
        checkServerIdentity?.(name, { subject: {}, subjectaltname } as PeerCertificate)
      // What Node calls a server that nobody named.
      expect(fault('localhost', 'IP Address:127.0.0.1')).toBeUndefined()
      expect(fault('localhost', 'IP Address:0:0:0:0:0:0:0:1')).toBeUndefined()
      expect(fault('localhost', 'DNS:localhost')).toBeInstanceOf(Error)
      expect(fault('localhost', 'IP Address:10.0.0.1')).toBeInstanceOf(Error)
      expect(fault('db.example', 'DNS:db.example')).toBeUndefined()
      expect(fault('db.example', 'IP Address:127.0.0.1')).toBeInstanceOf(Error)
    },
  )

  it('sslmode=verify-ca checks the chain and no name', () => {
    const { tls } = parse('postgres://u:p@h/d?sslmode=verify-ca')
    expect(tls).toMatchObject({ checkServerIdentity: expect.any(Function) })
    expect(tls).not.toHaveProperty('rejectUnauthorized')
  })

  it.each([
    ['mysql://u:p@h/d', 'form'],
    ['postgres://h/d', 'names no user'],
    ['postgres://u@h', 'names no database'],
    ['postgres://u@h:0/d', 'port'],
    ['postgres://u@h/d?sslmode=maybe', 'sslmode'],
    ['postgres://u@h/d?sslrootcert=/nowhere', 'sslrootcert'],
    ['postgres://u@h/d?channel_binding=require', 'channel_binding'],
    ['postgres://u@h/d?synchronous_commit=off', 'parameter'],
    ['postgres://u:%zz@h/d', '%'],
  ])('%s is refused, naming what is wrong', (url, word) => {
    expect(faultOf(url)).toMatchObject({ fault: 'url_invalid', message: expect.stringContaining(word) })
  })

  it('I1: a malformed URL never shows a piece of its password, wherever it ends up', () => {
    const pieces = fc.array(fc.constantFrom('canary', '/', '?', '#', '@', ':', '%', '=', '&', '[', ' '), {
      minLength: 1,
      maxLength: 6,
    })
    fc.assert(
      fc.property(pieces, (password) => {
        const fault = faultOf(`postgres://user:${password.join('')}@host/db`)
        fc.pre(fault !== undefined)
        expect(fault).toBeInstanceOf(StartupError)
        expect(inspect(fault, { showHidden: true })).not.toContain('canary')
      }),
    )
  })

  it('I1: a target prints no password', () => {
    const target = parse('postgres://user:canary@host/db')
    expect(inspect(target, { showHidden: true }) + JSON.stringify(target)).not.toContain('canary')
  })
})
