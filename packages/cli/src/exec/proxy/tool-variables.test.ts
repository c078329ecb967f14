import type { Grant } from '@credbroker/sdk/grant'
import { describe, expect, it } from 'vitest'
import { showsOwnCredential } from './own-credential.ts'
import { sitesOf, target } from './site.ts'
import { placeholders, proxyVariables } from './tool-variables.ts'

const grant = (scope: string, gateway: Grant['gateway'], state: Grant['state'] = 'active'): Grant => ({
  scope,
  environment: 'staging',
  access: [],
  state,
  ...(gateway && { gateway }),
})
const written: Record<string, string> = {}
const files = {
  path: '/run/x',
  write: (name: string, text: string) => {
    written[name] = text
    return `/run/x/${name}`
  },
  [Symbol.dispose]: () => {},
}

describe('the variables of a run', () => {
  it('give tools a token that is none, and set nothing else on the word of a broker', () => {
    const names = ['RAILWAY_API_TOKEN', 'LD_PRELOAD', 'PATH', 'NODE_OPTIONS', 'evil_token', 'GH_TOKEN']
    expect(placeholders([grant('a', { connector: 'x', hosts: [], placeholders: names })], files)).toEqual({
      RAILWAY_API_TOKEN: 'brk_placeholder',
      GH_TOKEN: 'brk_placeholder',
    })
  })

  it('give npm a file with its registries', () => {
    const hosts = ['npm.test', '127.0.0.1:4873', 'evil/\n//x']
    expect(placeholders([grant('a', { connector: 'npm', hosts })], files)).toEqual({
      NPM_CONFIG_USERCONFIG: '/run/x/npmrc',
    })
    expect(written['npmrc']).toBe(
      'registry=https://npm.test/\n//npm.test/:_authToken=brk_placeholder\n//127.0.0.1:4873/:_authToken=brk_placeholder\n',
    )
  })

  it('leave loopback alone, except for what is a host of the run', () => {
    const sites = (hosts: string[]) => sitesOf([grant('a', { connector: 'x', hosts })]).values()
    expect(proxyVariables('u', sites(['api.test']))['NO_PROXY']).toBe('127.0.0.1,localhost,::1')
    expect(proxyVariables('u', sites(['127.0.0.1:1']))['no_proxy']).toBe('localhost,::1')
  })
})

describe('the hosts of a run', () => {
  it('have their scopes in the order of the run, and only those that are there', () => {
    const sites = sitesOf([
      grant('one', { connector: 'x', hosts: ['API.test', 'b.test:8443'] }),
      grant('gone', { connector: 'x', hosts: ['api.test'] }, 'ended'),
      grant('two', { connector: 'y', hosts: ['api.test:443', 'not a host'] }),
      grant('minted', undefined),
    ])
    expect([...sites.values()]).toEqual([
      { host: 'api.test', port: 443, scopes: ['one', 'two'] },
      { host: 'b.test', port: 8443, scopes: ['one'] },
    ])
  })

  it.each(['', 'a b', 'a:0', 'a:65536', 'a.:443', 'a/b', 'u@a', '[::1', 'a:b', 'ä.test', '*.test'])(
    'are plainly written: %j is none',
    (text) => expect(target(text)).toBeUndefined(),
  )
})

it('a tool’s own credential is told from the placeholder', () => {
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`
  for (const given of [undefined, 'Bearer brk_placeholder', basic('x:brk_placeholder'), basic(':')])
    expect(showsOwnCredential(given), given).toBe(false)
  for (const own of ['Bearer ghp_x', 'token x', basic('mia:secret'), 'opaque'])
    expect(showsOwnCredential(own), own).toBe(true)
})
