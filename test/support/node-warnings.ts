import { runInThisContext } from 'node:vm'

/** Node's own process: Jest's is a copy, which receives no warnings. */
const nodeProcess = runInThisContext('process') as NodeJS.Process

/** Names of Node's warnings during some work, such as `MaxListenersExceededWarning`. */
export const warningsDuring = async (work: () => Promise<unknown>): Promise<string[]> => {
  const names: string[] = []
  const note = ({ name }: Error) => names.push(name)
  nodeProcess.on('warning', note)
  try {
    await work()
    await new Promise((resolve) => setImmediate(resolve))
  } finally {
    nodeProcess.off('warning', note)
  }
  return names
}
