import type { RootView } from '@credbroker/core/wire/admin'
import { Text } from '@mantine/core'
import { Time } from '../../ui/time.tsx'
import { Notice } from './notice.tsx'

/** Somebody found the credential of a root: what is known of that, and how it ends. */
export function Leaked({ of: { leaked, name, version, capabilities, source } }: { readonly of: RootView }) {
  if (!leaked) return null
  const { first_at, last_at, reports, by } = leaked
  return (
    <Notice weight="danger" title="Its credential was found where it should not be">
      <Text size="sm">
        Version {version} of it, the one in use. First reported <Time at={first_at} />
        {reports > 1 && (
          <>
            , {reports} times by now, last <Time at={last_at} />
          </>
        )}
        {by !== undefined && (
          <>
            , {reports > 1 ? 'then by' : 'by'} {by.replace(':', ' ')}
          </>
        )}
        . Where it was found, only whoever reported it knows.
      </Text>
      <Text size="sm">
        {capabilities.includes('rotate') ? (
          <>
            Rotate it now, here or with <code>broker root rotate {name}</code>: every copy of it opens nothing
            from then on.
          </>
        ) : source === 'files' ? (
          <>
            Replace it now: make a new one at the vendor, put it where <code>secret</code> in broker.yaml
            says, run <code>broker apply --renew {name}</code>, and end this one at the vendor.
          </>
        ) : (
          <>
            Replace it now: make a new one at the vendor, hand it in here or with{' '}
            <code>broker root replace {name}</code>, and end this one at the vendor.
          </>
        )}
      </Text>
    </Notice>
  )
}
