import { Anchor, Loader } from '@mantine/core'
import { lazy, Suspense, useEffect } from 'react'
import { Link, Route, Switch, useLocation } from 'wouter'
import { queryClient } from './api/queries.ts'
import { onSessionChange, token } from './api/session.ts'
import { PAGES } from './pages.ts'
import { useMe } from './session/me.ts'
import { signInFirst } from './session/next-page.ts'
import { Empty } from './ui/empty.tsx'
import { Page } from './ui/page.tsx'
import { Problem } from './ui/problem.tsx'
import { Shell } from './ui/shell.tsx'

const Login = lazy(() => import('./pages/account/login.tsx'))
const Setup = lazy(() => import('./pages/account/setup.tsx'))
const SsoCallback = lazy(() => import('./pages/account/sso-callback.tsx'))

export const App = () => (
  <Suspense fallback={<Loader aria-label="Loading" m="xl" />}>
    <Switch>
      <Route path="/login" component={Login} />
      <Route path="/setup" component={Setup} />
      <Route path="/sso/callback" component={SsoCallback} />
      <Route>
        <SignedIn />
      </Route>
    </Switch>
  </Suspense>
)

/** Everything else is for people who are signed in; whoever is not comes back after it. */
function SignedIn() {
  const [here] = useLocation()
  const { data: me, error, refetch } = useMe()
  const out = token() === null || me?.session?.method === 'recovery'
  useEffect(() => {
    if (out || (error && token() === null)) signInFirst(here)
  }, [out, error, here])
  // Another tab signed in, or out: nothing of the former person stays.
  useEffect(
    () =>
      onSessionChange(() => {
        queryClient.clear()
        location.reload()
      }),
    [],
  )
  if (out) return null
  if (!me)
    return error ? (
      <Problem error={error} retry={() => void refetch()} />
    ) : (
      <Loader aria-label="Loading" m="xl" />
    )
  return (
    <Shell me={me}>
      <Suspense fallback={<Loader aria-label="Loading" m="xl" />}>
        <Switch>
          {PAGES.map(({ path, load }) => (
            <Route key={path} path={path} component={load as never} />
          ))}
          <Route>
            <NotFound />
          </Route>
        </Switch>
      </Suspense>
    </Shell>
  )
}

const NotFound = () => (
  <Page title="There is no such page">
    <Empty title="Nothing is here">
      The address may be mistyped, or what it showed has another name now.{' '}
      <Anchor component={Link} href="/">
        Go to the overview
      </Anchor>
    </Empty>
  </Page>
)
