/** What the exit codes of the command line say: all well, some events failed, wrong usage or unreadable input, interrupted. */
export const EXIT = { delivered: 0, failed: 1, usage: 2, interrupted: 130 } as const
