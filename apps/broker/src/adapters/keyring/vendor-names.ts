import { createHmac, type KeyObject } from 'node:crypto'
import { isId } from '@credbroker/core/ids'
import type { VendorNames } from '../../ports/keyring.ts'
import { equalTexts } from './deployment-keys.ts'

const NAME = /^brk_[0-9a-hjkmnp-tv-z]{8}_([0-9a-hjkmnp-tv-z]{26})_[0-9a-f]{16}$/

/**
 * `brk_<last 8 of the deployment id>_<lease id without lse_>_<64 bits of HMAC>`: short enough for a PostgreSQL role
 * (63 bytes) and an AWS session name (64), lower case because PostgreSQL folds.
 */
export function vendorNames(deployment: string, key: KeyObject): VendorNames {
  const prefix = `brk_${deployment.slice(-8)}_`
  const nameOf = (lease: string): string => {
    if (!isId('lease', lease)) throw new TypeError('not a lease id')
    const mac = createHmac('sha256', key).update(`${deployment}/${lease}`).digest('hex').slice(0, 16)
    return `${prefix}${lease.slice('lse_'.length)}_${mac}`
  }
  return {
    prefix,
    nameOf,
    leaseOf(name) {
      const lease = `lse_${NAME.exec(name)?.[1]}`
      return isId('lease', lease) && equalTexts(nameOf(lease), name) ? lease : undefined
    },
  }
}
