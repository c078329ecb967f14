import { call } from './api.ts'
import { element, list, on, say, show } from './dom.ts'
import { requireSignedIn } from './next-page.ts'
import { confirmed } from './passkeys.ts'

interface Asking {
  readonly client: string
  readonly host?: string
  readonly address?: string
  readonly browser?: string
  readonly same_address: boolean
  readonly key: string
  readonly asked_at: string
  readonly ends_at: string
  readonly principal: string
  readonly roles: string[]
  readonly key_seconds: number
}

/** A person types the code that a machine shows, sees which machine that is, and says yes or no. Nothing else decides. */
export async function devicePage(): Promise<void> {
  await requireSignedIn('/device')
  show('ask')
  const code = element<HTMLInputElement>('user-code')
  // What is confirmed is what was shown, whatever stands in the field by then.
  let user_code = ''
  on('find', 'submit', async () => {
    user_code = code.value
    describe(await call<Asking>('POST', '/v1/device', { user_code }))
    show('ask', false)
    show('confirm')
  })
  on('approve', 'click', async () => {
    await confirmed(() => call('POST', '/v1/device/approve', { user_code }))
    finish('Approved. The machine is signed in within seconds.')
  })
  on('deny', 'click', async () => {
    await call('POST', '/v1/device/deny', { user_code })
    finish('Refused. The machine gets nothing.')
  })
}

function describe(asking: Asking): void {
  const { client, host, address, browser, principal, roles, key, key_seconds, asked_at, ends_at } = asking
  const time = (text: string) => new Date(text).toLocaleString()
  list('asking', [
    { text: host ?? 'A machine without a name', note: 'what it calls itself; anybody can say so' },
    {
      text: address ?? 'An address that is not known',
      note: asking.same_address
        ? 'where it asks from: the same address as this browser'
        : 'where it asks from: another address than this browser',
    },
    { text: client, note: browser ?? 'the program' },
    { text: time(asked_at), note: `when it asked; it waits until ${time(ends_at)}` },
    { text: key, note: 'its key, which it shows as well' },
  ])
  list('gets', [
    { text: principal.replace('user:', ''), note: 'it acts as you' },
    { text: roles.join(', ') || 'no role', note: 'it may do what you may do, except approve' },
    { text: `${key_seconds / 3600} hours`, note: 'then it has to ask again' },
  ])
  show('elsewhere', !asking.same_address)
}

function finish(text: string): void {
  show('confirm', false)
  say('status', text)
}
