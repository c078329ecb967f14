/** Path under which the broker is reached, without a slash at its end: the broker writes it into the page. */
export const base = document.body.dataset['base'] ?? ''

export const pathOf = (path: string): string => base + path
