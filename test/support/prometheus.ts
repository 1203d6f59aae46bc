import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { eventually } from './eventually'
import { freePort } from './redis'
import { succeeds } from './install-missing'

/** True if Prometheus and its tool are installed. */
export const hasPrometheus = succeeds('promtool', '--version')

/** Sample of an instant query. */
interface Sample {
  metric: Record<string, string>
  value: [number, string]
}

/** Alert that is pending or firing. */
interface Alert {
  labels: Record<string, string>
  state: string
}

/** A Prometheus of a single test. */
export interface TestPrometheus {
  /** Evaluates an expression. */
  query: (expression: string) => Promise<Sample[]>
  /** Alerts that are pending or firing. */
  alerts: () => Promise<Alert[]>
  remove: () => Promise<void>
}

/** Starts Prometheus on a free port, in its own folder, and waits until it is ready. */
export const startPrometheus = async (config: object): Promise<TestPrometheus> => {
  const folder = await mkdtemp(join(tmpdir(), 'friendbuy-prometheus-'))
  await writeFile(join(folder, 'prometheus.yml'), stringify(config))
  const address = `127.0.0.1:${await freePort()}`
  const args = [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=${address}`
  ]
  const server = spawn('prometheus', args, { stdio: 'ignore' })
  const ask = async (path: string): Promise<unknown> => {
    const response = await fetch(`http://${address}${path}`)
    const { data, error } = (await response.json()) as { data?: unknown; error?: string }
    if (error !== undefined) throw new Error(error)
    return data
  }
  const isReady = async () => {
    const response = await fetch(`http://${address}/-/ready`).catch(() => undefined)
    return response?.ok === true
  }
  await eventually(isReady)
  return {
    query: async (expression) =>
      ((await ask(`/api/v1/query?query=${encodeURIComponent(expression)}`)) as { result: Sample[] }).result,
    alerts: async () => ((await ask('/api/v1/alerts')) as { alerts: Alert[] }).alerts,
    remove: async () => {
      const closed = once(server, 'close')
      server.kill('SIGKILL')
      await closed
      await rm(folder, { recursive: true, force: true })
    }
  }
}
