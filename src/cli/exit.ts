/** What the exit codes of the command line say. */
export const EXIT = { delivered: 0, failed: 1, usage: 2 } as const
