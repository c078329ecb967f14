/** By which a program finds the run of `broker exec` that it is inside of. @internal */
export const OUTER = { socket: 'BROKER_OUTER_SOCKET', secret: 'BROKER_OUTER_SECRET' } as const
