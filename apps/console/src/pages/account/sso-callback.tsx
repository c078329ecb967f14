import { Anchor, Text } from '@mantine/core'
import { useEffect, useState } from 'react'
import { Link, useLocation } from 'wouter'
import { queryClient } from '../../api/queries.ts'
import { remember } from '../../api/session.ts'
import { takeNext } from '../../session/next-page.ts'
import { returnFromSso } from '../../session/sso.ts'
import { Problem } from '../../ui/problem.tsx'
import { Outside } from './outside.tsx'

/** Taken once, however often the page is drawn. */
const query = location.search.slice(1)
let answer: ReturnType<typeof returnFromSso> | undefined

/** Where the identity provider sends the browser. */
export default function SsoCallback() {
  const [, navigate] = useLocation()
  const [error, setError] = useState<Error>()
  useEffect(() => {
    history.replaceState(null, '', location.pathname)
    answer ??= returnFromSso(query)
    answer.then((started) => {
      remember(started)
      queryClient.clear()
      navigate(takeNext(), { replace: true })
    }, setError)
  }, [navigate])
  return (
    <Outside title="Signing in">
      {error ? (
        <>
          <Problem error={error} />
          <Anchor component={Link} href="/login">
            To the sign-in page
          </Anchor>
        </>
      ) : (
        <Text role="status">One moment …</Text>
      )}
    </Outside>
  )
}
