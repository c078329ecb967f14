import { randomFillSync } from 'node:crypto'
import { newId } from '@credbroker/core/ids'
import { Secret } from '@credbroker/core/secret'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAC_DOMAINS } from '../../ports/keyring.ts'
import { DeploymentKeys } from './deployment-keys.ts'
import { vendorNames } from './vendor-names.ts'

const random = (bytes: Uint8Array) => randomFillSync(bytes)
const master = () => new Secret(Buffer.from(random(new Uint8Array(32))).toString('base64url'))
const dep = () => newId('deployment', new Date(), random)
const keys = new DeploymentKeys('dep_a', master())
const others = new DeploymentKeys('dep_a', master())

describe('a MAC', () => {
  it('I13: fits its message, its domain and its deployment only', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (message, other) => {
        const mac = keys.mac('row', message)
        expect(keys.matches('row', message, mac)).toBe(true)
        expect(keys.matches('row', other, mac)).toBe(other === message)
        expect(keys.matches('dpop-nonce', message, mac)).toBe(false)
        expect(others.matches('row', message, mac)).toBe(false)
      }),
    )
  })

  it('never equals for a text that is shorter, longer or not ASCII', () => {
    const mac = keys.mac('row', 'm')
    for (const text of ['', mac.slice(1), `${mac}A`, `é${mac.slice(1)}`])
      expect(keys.matches('row', 'm', text)).toBe(false)
  })

  it('has a key of its own for every use', () => {
    const made = [
      ...MAC_DOMAINS.map((domain) => keys.mac(domain, 'x')),
      keys.root(new Secret('x')),
      keys.auditValue('f', 'x'),
    ]
    expect(new Set(made).size).toBe(made.length)
  })
})

it('I1: a fingerprint of a root is keyed: another deployment has another one, and it holds no byte of the root', () => {
  const root = new Secret('AKIACANARY')
  expect(keys.root(root)).toBe(keys.root(new Secret('AKIACANARY')))
  expect(keys.root(root)).not.toBe(others.root(root))
  expect(keys.root(root)).toMatch(/^[A-Za-z0-9_-]{43}$/)
})

it('audit digests of two fields never collide by moving text between name and value', () => {
  expect(keys.auditValue('ab', 'c')).not.toBe(keys.auditValue('a', 'bc'))
})

describe('a vendor-side name', () => {
  const deployment = dep()
  const names = vendorNames(deployment, keys.vendorNameKey)
  const lease = newId('lease', new Date(), random)

  it('is at most 63 characters of a-z, 0-9 and underscore, and leads back to its lease', () => {
    expect(names.nameOf(lease)).toMatch(/^[a-z0-9_]{56}$/)
    expect(names.nameOf(lease).startsWith(names.prefix)).toBe(true)
    expect(names.leaseOf(names.nameOf(lease))).toBe(lease)
  })

  it('I7: is not ours under another key, another deployment, or with any character changed', () => {
    const name = names.nameOf(lease)
    expect(vendorNames(deployment, others.vendorNameKey).leaseOf(name)).toBeUndefined()
    expect(vendorNames(dep(), keys.vendorNameKey).leaseOf(name)).toBeUndefined()
    for (let at = 0; at < name.length; at++) {
      const swapped = `${name.slice(0, at)}${name[at] === 'a' ? 'b' : 'a'}${name.slice(at + 1)}`
      expect(names.leaseOf(swapped)).toBeUndefined()
    }
  })

  it('I7: no other text is ours', () => {
    fc.assert(fc.property(fc.string(), (text) => names.leaseOf(text) === undefined))
    expect(names.leaseOf(`${names.nameOf(lease)}\n`)).toBeUndefined()
  })
})
