/** What a setup link carries after `#`. Taken when the page begins: not to stay in the history, or in a screenshot of the address. */
export const setupCode = location.pathname.endsWith('/setup') ? location.hash.slice(1) : ''
if (setupCode !== '') history.replaceState(null, '', location.pathname)
