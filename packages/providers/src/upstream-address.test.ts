import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isMetadataAddress, isPrivateAddress } from './upstream-address.ts'

describe('addresses that a root may not name by default', () => {
  it('loopback, private, link-local, metadata and mapped spellings are private', () => {
    for (const address of [
      '127.0.0.1',
      '10.0.0.1',
      '172.31.255.1',
      '192.168.1.1',
      '169.254.169.254',
      '100.64.0.1',
      '0.0.0.0',
      '::',
      '::1',
      'fe80::1',
      'fd00::1',
      '::ffff:10.0.0.1',
      '::ffff:a00:1',
      '0:0:0:0:0:ffff:7f00:1',
      '64:ff9b::a00:1',
      '64:ff9b:1::1',
      '::127.0.0.1',
      '2002:7f00:1::',
      '2001:0:1::1',
    ])
      expect(isPrivateAddress(address), address).toBe(true)
    for (const address of ['8.8.8.8', '172.32.0.1', '192.169.0.1', '2606:4700::1111'])
      expect(isPrivateAddress(address), address).toBe(false)
  })

  it('metadata is known in every spelling, and nothing else is', () => {
    for (const address of [
      '169.254.169.254',
      '169.254.170.2',
      '::ffff:169.254.169.254',
      '::ffff:a9fe:a9fe',
      '100.100.100.200',
      'fd00:ec2::254',
    ])
      expect(isMetadataAddress(address), address).toBe(true)
    for (const address of ['127.0.0.1', '10.0.0.1', '::1', 'fd00::1', '8.8.8.8'])
      expect(isMetadataAddress(address), address).toBe(false)
  })

  it('an IPv4 address is judged the same when written as IPv6', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        if (isPrivateAddress(address)) expect(isPrivateAddress(`::ffff:${address}`)).toBe(true)
      }),
    )
  })
})
