/** The few things that these pages do with their elements. Text only: nothing is ever parsed as HTML. */

export function element<Kind extends HTMLElement = HTMLElement>(id: string): Kind {
  const found = document.getElementById(id)
  if (!found) throw new Error(`#${id} is missing`)
  return found as Kind
}

export const show = (id: string, visible = true): void => {
  element(id).hidden = !visible
}

export function say(id: 'problem' | 'status', text: string): void {
  show('problem', false)
  show('status', false)
  element(id).textContent = text
  show(id, text !== '')
}

/** Runs what a button or form is for, once at a time; what goes wrong is said on the page. */
export function on(id: string, kind: 'click' | 'submit', work: () => Promise<void>): void {
  const target = document.getElementById(id)
  target?.addEventListener(kind, (event) => {
    event.preventDefault()
    void busy(work)
  })
}

export async function busy(work: () => Promise<void>): Promise<void> {
  const buttons = [...document.querySelectorAll('button')].filter((button) => !button.disabled)
  for (const button of buttons) button.disabled = true
  say('problem', '')
  try {
    await work()
  } catch (error) {
    say('problem', wordsOf(error))
  } finally {
    for (const button of buttons) button.disabled = false
  }
}

function wordsOf(error: unknown): string {
  const { name, message } = error as Error
  if (name === 'NotAllowedError') return 'The passkey was not used: cancelled, or too late. Try again.'
  if (name === 'InvalidStateError') return 'This device holds a passkey for this account already.'
  return message
}

export function list(
  id: string,
  rows: readonly { text: string; note: string; action?: [string, () => Promise<void>] }[],
): void {
  element(id).replaceChildren(
    ...rows.map(({ text, note, action }) => {
      const item = document.createElement('li')
      const words = document.createElement('span')
      const small = document.createElement('small')
      small.textContent = note
      words.append(text, small)
      item.append(words)
      if (action) {
        const button = document.createElement('button')
        button.type = 'button'
        button.textContent = action[0]
        button.setAttribute('aria-label', `${action[0]}: ${text}`)
        button.addEventListener('click', () => void busy(action[1]))
        item.append(button)
      }
      return item
    }),
  )
}

export function codes(texts: readonly string[]): void {
  element('codes').replaceChildren(
    ...texts.map((text) => {
      const item = document.createElement('li')
      item.textContent = text
      return item
    }),
  )
  show('codes')
}
