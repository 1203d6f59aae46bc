import { rm } from 'node:fs/promises'
import { installed } from './installed'

const teardown = (): Promise<void> => rm(installed().folder, { recursive: true, force: true })

export default teardown
