import { call, forget, type Me, pathOf, remember, type Started, signedIn } from './api.ts'
import { codes, element, list, on, say, show } from './dom.ts'
import { takeNext } from './next-page.ts'
import { addPasskey, confirmed, signIn, stepUp } from './passkeys.ts'
import { leaveForSso } from './sso.ts'

export async function loginPage(): Promise<void> {
  on('passkey', 'click', async () => {
    remember(await signIn())
    await onward()
  })
  on('sso', 'click', leaveForSso)
  on('recovery', 'submit', recover)
  on('confirm', 'click', async () => {
    await stepUp()
    say('status', 'Confirmed. For five minutes, what is dangerous goes through.')
  })
  on('sign-out', 'click', async () => {
    await call('DELETE', '/v1/sessions/current').finally(forget)
    await refresh()
    say('status', 'You are signed out.')
  })
  on('add', 'click', async () => {
    await confirmed(() => addPasskey('Passkey'))
    await refresh()
  })
  on('new-codes', 'click', async () => {
    const made = await confirmed(() => call<{ recovery_codes: string[] }>('POST', '/v1/recovery-codes'))
    codes(made.recovery_codes)
    say('status', 'Earlier codes are void. These are not shown again.')
  })
  await refresh()
}

/** A code is used up at once; where the passkey then fails, the session that it began still waits for one. */
async function recover(): Promise<void> {
  const code = element<HTMLInputElement>('code')
  if ((await signedIn())?.session.method !== 'recovery') {
    remember(await call<Started>('POST', '/v1/sessions/recovery', { code: code.value }))
    code.value = ''
    code.required = false
  }
  await addPasskey('Passkey')
  forget()
  code.required = true
  say('status', 'The new passkey is registered. Sign in with it.')
}

async function onward(): Promise<void> {
  const next = takeNext()
  if (next === pathOf('/login')) await refresh()
  else location.replace(next)
}

async function refresh(): Promise<void> {
  const me = await signedIn()
  const inside = me !== undefined && me.session.method !== 'recovery'
  show('signed-out', !inside)
  show('signed-in', inside)
  element('title').textContent = inside ? 'Your account' : 'Sign in'
  if (inside) return await showAccount(me)
  if (me) {
    element<HTMLInputElement>('code').required = false
    say('status', 'Your recovery code was accepted. Register a new passkey below.')
  }
}

interface Passkey {
  readonly id: string
  readonly name: string
  readonly created_at: string
  readonly used_at?: string
  readonly synced: boolean
}
interface Session {
  readonly id: string
  readonly method: string
  readonly seen_at: string
  readonly address?: string
  readonly browser?: string
  readonly current: boolean
}

const day = (time: string): string => new Date(time).toLocaleString()

async function showAccount({ principal, roles }: Me): Promise<void> {
  element('user').textContent = principal.replace('user:', '')
  element('roles').textContent = roles.join(', ')
  show('codes', false)
  const [passkeys, sessions] = await Promise.all([
    call<{ items: Passkey[] }>('GET', '/v1/passkeys'),
    call<{ items: Session[] }>('GET', '/v1/sessions'),
  ])
  list(
    'passkeys',
    passkeys.items.map(({ id, name, created_at, used_at, synced }) => ({
      text: name,
      note: `${synced ? 'synced' : 'this device only'}, made ${day(created_at)}${used_at ? `, used ${day(used_at)}` : ''}`,
      action: [
        'Remove',
        async () => {
          await confirmed(() => call('DELETE', `/v1/passkeys/${id}`))
          await refresh()
        },
      ],
    })),
  )
  list(
    'sessions',
    sessions.items.map(({ id, method, seen_at, address, browser, current }) => ({
      text: `${current ? 'This one' : (address ?? 'Somewhere')}, by ${method}`,
      note: `seen ${day(seen_at)}${browser ? `, ${browser}` : ''}`,
      ...(!current && {
        action: [
          'End',
          async () => {
            await call('DELETE', `/v1/sessions/${id}`)
            await refresh()
          },
        ] as [string, () => Promise<void>],
      }),
    })),
  )
}
