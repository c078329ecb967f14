import { Button } from '@mantine/core'
import { useState } from 'react'

/** Offers desktop notifications of what waits, where the browser can and has not been asked yet. */
export function NotifyMe({ size = 'sm' }: { readonly size?: 'xs' | 'sm' }) {
  const able = 'Notification' in globalThis
  const [permission, setPermission] = useState(able ? Notification.permission : 'denied')
  if (permission !== 'default') return null
  return (
    <Button
      variant="default"
      size={size}
      onClick={() => void Notification.requestPermission().then(setPermission)}
    >
      Notify me of approvals
    </Button>
  )
}
