import type { KMSClientConfig } from '@aws-sdk/client-kms'
import type { Kms } from './kms.ts'
import { refusal } from './private-file.ts'

const ARN = /^arn:aws[a-z-]{0,20}:kms:([a-z0-9-]{1,30}):\d{12}:(?:key|alias)\/[A-Za-z0-9/_-]{1,256}$/

/**
 * AWS KMS with the credentials of the environment. The role needs `kms:GenerateDataKey` and `kms:Decrypt` on this key.
 * The SDK is loaded at the first call, for those who use it.
 * @throws BrokerError `config_invalid` when the ARN is not that of a KMS key.
 */
export function awsKms(setting: string, keyArn: string, config: KMSClientConfig = {}): Kms {
  const region = ARN.exec(keyArn)?.[1]
  if (region === undefined) throw refusal(setting, 'is not the ARN of a KMS key')
  const load = async () => {
    const sdk = await import('@aws-sdk/client-kms')
    return { sdk, client: new sdk.KMSClient({ region, ...config }) }
  }
  return {
    async generateDataKey(context) {
      const { sdk, client } = await load()
      const command = { KeyId: keyArn, KeySpec: 'AES_256', EncryptionContext: context } as const
      const { Plaintext: key, CiphertextBlob: blob } = await client.send(
        new sdk.GenerateDataKeyCommand(command),
      )
      if (!key || !blob) throw new TypeError('KMS answered without a data key')
      return { key, blob }
    },
    async decrypt(blob, context) {
      const { sdk, client } = await load()
      const command = { KeyId: keyArn, CiphertextBlob: blob, EncryptionContext: context }
      const { Plaintext: key } = await client.send(new sdk.DecryptCommand(command))
      if (!key) throw new TypeError('KMS answered without a plaintext')
      return key
    },
  }
}
