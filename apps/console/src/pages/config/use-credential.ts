import { useQueryClient } from '@tanstack/react-query'
import { type RefObject, useEffect, useRef, useState } from 'react'
import { rootCredential } from './root-credential.ts'

interface Entering {
  readonly field: RefObject<HTMLTextAreaElement | null>
  /** What is wrong with what was entered. */
  readonly wrong: string | undefined
  /** Hands over what was entered, and empties the field. */
  readonly take: (send: (credential: object | string) => void) => void
}

/** A credential on its one way through this window: from its field to the broker. */
export function useCredential(): Entering {
  const field = useRef<HTMLTextAreaElement>(null)
  const [wrong, setWrong] = useState<string>()
  useForgetting()
  const take: Entering['take'] = (send) => {
    const credential = rootCredential(field.current?.value ?? '')
    if (!field.current || credential === undefined) {
      setWrong('is neither a JSON document nor a postgres:// URL')
      return
    }
    setWrong(undefined)
    send(credential)
    field.current.value = ''
  }
  return { field, wrong, take }
}

/** What was sent is kept by the library for a while, to be looked at again. This must not be. */
function useForgetting(): void {
  const client = useQueryClient()
  // Whoever closes the window while it is on its way sends it all the same.
  useEffect(() => () => client.getMutationCache().clear(), [client])
}
