import { describe, expect, it } from 'vitest'
import { Secret } from './secret.ts'
import { credentialParts, rootParts, spellingsOf } from './secret-parts.ts'

const texts = (parts: readonly Secret[]) => parts.map((part) => part.expose())
const PEM = '-----BEGIN RSA PRIVATE KEY-----\nMIIEow==\n-----END RSA PRIVATE KEY-----'

describe('the parts of a root that are secret by themselves', () => {
  it('are its secret members, whatever is around them, and the password of a URL', () => {
    expect(texts(rootParts('postgres://app:hunter%2Ftwo@db.example/orders'))).toEqual([
      'postgres://app:hunter%2Ftwo@db.example/orders',
      'hunter/two',
    ])
    const aws = { accessKeyId: 'AKIA1234567890123456', secretAccessKey: 'main-secret', region: 'eu-west-1' }
    const revoker = { accessKeyId: 'AKIA1234567890123457', secretAccessKey: 'other-secret' }
    expect(texts(rootParts({ ...aws, revoker }))).toEqual(['main-secret', 'other-secret'])
    expect(
      texts(rootParts({ server: 'https://k8s.example', client: { certificate: 'open', key: PEM } })),
    ).toEqual([PEM])
  })

  it('are none where they are so short that they would be found everywhere', () => {
    expect(rootParts({ host: 'localhost', user: 'postgres', password: 'short' })).toEqual([])
    expect(rootParts(null)).toEqual([])
  })

  it('of a minted credential are all that can be used', () => {
    const [secretAccessKey, sessionToken] = [new Secret('the-secret-key'), new Secret('the-session-token')]
    const aws = { form: 'aws', accessKeyId: 'ASIA', secretAccessKey, sessionToken, region: 'x' } as const
    expect(credentialParts(aws)).toEqual([sessionToken, secretAccessKey])
  })
})

describe('what was found', () => {
  it.each([
    ['Bearer abcdefgh', ['Bearer abcdefgh', 'abcdefgh']],
    [' abcdefgh\r\n', ['abcdefgh']],
    [PEM.replaceAll('\n', '\\n'), [PEM]],
    [`${PEM.replaceAll('\n', '\r\n')}\r\n`, [PEM]],
    ['mysql://u:p%40ssword@h/d', ['mysql://u:p%40ssword@h/d', 'p@ssword']],
    ['https://u:%zz-broken@h/', ['https://u:%zz-broken@h/', '%zz-broken']],
    ['short', []],
  ])('is compared as it may have been written down: %j', (found, spellings) => {
    expect(texts(spellingsOf(new Secret(found)))).toEqual(spellings)
  })
})
