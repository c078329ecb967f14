/** What every window that asks something has in common. */
export const ASKS = { closeButtonProps: { 'aria-label': 'Close' } } as const
