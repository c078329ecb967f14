import { remember } from './api.ts'
import { codes, element, on, say, show } from './dom.ts'
import { takeNext } from './next-page.ts'
import { setUp } from './passkeys.ts'

export async function setupPage(): Promise<void> {
  const token = location.hash.slice(1)
  // Not to stay in the history, or in a screenshot of the address.
  history.replaceState(null, '', location.pathname)
  if (token === '') {
    show('begin', false)
    say('problem', 'There is no code in this link. Open it as you were given it, up to its last character.')
  }
  on('setup', 'submit', async () => {
    const made = await setUp(token, element<HTMLInputElement>('name').value)
    remember(made)
    element('user').textContent = made.user
    codes(made.recovery_codes)
    show('begin', false)
    show('done')
  })
  on('continue', 'click', async () => location.replace(takeNext()))
}
