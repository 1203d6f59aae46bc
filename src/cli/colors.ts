import pc from 'picocolors'

const { NO_COLOR, FORCE_COLOR } = process.env

/** Colours for standard output: none where it is no terminal, or NO_COLOR is set; FORCE_COLOR asks for them anywhere. */
export const colors = pc.createColors(
  // Never undefined, which is picocolors' word for looking for itself: it also colours what goes into a file in CI.
  !NO_COLOR && (Boolean(FORCE_COLOR) || (process.stdout.isTTY ? pc.isColorSupported : false))
)
