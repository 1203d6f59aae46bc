import { type ChildProcess, execFile, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parse } from 'yaml'
import { type Sandbox, startSandbox } from '../../src/sandbox'
import { newSettings } from '../support/credentials'
import { eventually } from '../support/eventually'
import { hasPrometheus, startPrometheus } from '../support/prometheus'
import { freePort, startRedis, type TestRedis } from '../support/redis'
import { succeeds } from '../support/install-missing'
import { runCli, startCli } from '../support/run-cli'

const ROOT = join(__dirname, '../..')
const FOLDER = join(ROOT, 'examples/deploy')

const read = (name: string) => readFileSync(join(FOLDER, name), 'utf8')
const readYaml = (name: string) => parse(read(name)) as unknown
const readJson = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as unknown

interface Service {
  image?: string
  build?: string
  command?: string
  environment?: Record<string, string>
  volumes?: string[]
  networks?: { default: { aliases: string[] } }
  network_mode?: string
  depends_on?: string[]
}

interface Compose {
  services: Record<string, Service>
  volumes: Record<string, null>
}

interface Panel {
  id: number
  type: string
  title: string
  datasource: { type: string; uid: string }
  gridPos: { x: number; y: number; w: number; h: number }
  targets: { refId: string; expr: string; datasource: { uid: string } }[]
}

interface Dashboard {
  uid: string
  title: string
  schemaVersion: number
  panels: Panel[]
}

interface Rules {
  groups: { rules: { alert: string; expr: string; annotations: { summary: string } }[] }[]
}

const production = readYaml('compose.yaml') as Compose
const trial = readYaml('compose.sandbox.yaml') as Pick<Compose, 'services'>
const rules = (readYaml('alerts.yml') as Rules).groups.flatMap((group) => group.rules)
const dashboard = readJson(join(FOLDER, 'grafana/dashboards/friendbuy.json')) as Dashboard
const itWithPrometheus = hasPrometheus ? it : it.skip

const dockerfile = read('Dockerfile')

/** Arguments of a Dockerfile's instruction in exec form. */
const argumentsOf = (instruction: RegExp) => {
  const line = dockerfile.split('\n').find((text) => instruction.test(text)) ?? ''
  return JSON.parse(line.slice(line.indexOf('['))) as string[]
}

let redis: TestRedis
let folder: string
beforeAll(async () => {
  redis = await startRedis()
  folder = await mkdtemp(join(tmpdir(), 'friendbuy-deploy-'))
})
afterAll(async () => {
  await redis.remove()
  await rm(folder, { recursive: true })
})

const writeMerchants = async (merchants: object) => {
  const path = join(folder, 'merchants.json')
  await writeFile(path, JSON.stringify(merchants), { mode: 0o600 })
  return path
}

const running = new Set<ChildProcess>()
// A test that failed leaves some.
afterAll(() => {
  for (const child of running) child.kill('SIGKILL')
})

/** Starts a command of the examples, with this machine's files and ports, until it is stopped. */
const start = (args: string[]) => {
  const child = startCli(args, { REDIS_URL: redis.url })
  running.add(child)
  const closed = new Promise((resolve) => child.on('close', resolve)).then(() => running.delete(child))
  let output = ''
  child.stdout?.on('data', (text: string) => (output += text))
  child.stderr?.on('data', (text: string) => (output += text))
  return {
    prints: (text: string) => eventually(() => output.includes(text)),
    stop: async () => {
      child.kill('SIGTERM')
      await closed
      return child.exitCode
    }
  }
}

/** The arguments with this machine's files and ports. */
const toLocal = (args: readonly string[], replaced: Record<string, string>) =>
  args.map((arg) => replaced[arg] ?? arg)

const MERCHANTS = '/run/friendbuy/merchants.json'

describe('The Dockerfile', () => {
  it('runs the program of the package, with all that it needs', () => {
    const { bin, version, peerDependencies } = readJson(join(ROOT, 'package.json')) as {
      bin: string
      version: string
      peerDependencies: Record<string, string>
    }
    expect(argumentsOf(/^ENTRYPOINT/)).toEqual(['node', `node_modules/actions-friendbuy-cloud/${bin}`])
    const { dependencies } = readJson(join(FOLDER, 'package.json')) as { dependencies: object }
    expect(dependencies).toEqual({ ...peerDependencies, 'actions-friendbuy-cloud': `^${version}` })
  })

  it('starts a worker whose health its check finds', async () => {
    const path = await writeMerchants({ 'shop-1': { settings: newSettings() } })
    const port = String(await freePort())
    const worker = start(toLocal(argumentsOf(/^CMD/), { [MERCHANTS]: path, 9090: port }))
    try {
      await worker.prints('worker_started')
      const [node, flag, script = ''] = argumentsOf(/^HEALTHCHECK/)
      expect([node, flag]).toEqual(['node', '-e'])
      const check = (ofPort: string) =>
        promisify(execFile)(process.execPath, ['-e', script.replace('9090', ofPort)])
      await check(port)
      await expect(check('1')).rejects.toMatchObject({ code: 1 })
    } finally {
      expect(await worker.stop()).toBe(0)
    }
  })
})

describe('The compose files', () => {
  const ofWorker = (service: Service | undefined) => service?.command?.split(' ') ?? []

  it('start commands that this command line has', async () => {
    const path = await writeMerchants({ 'shop-1': { settings: newSettings() } })
    const [api, one, two] = [String(await freePort()), String(await freePort()), String(await freePort())]
    const local = { [MERCHANTS]: path, 8787: api, 'http://127.0.0.1:8787': `http://127.0.0.1:${api}` }
    const started = [
      start(toLocal(ofWorker(trial.services.sandbox), local)),
      start(toLocal(ofWorker(trial.services.worker), { ...local, 9090: one })),
      start(toLocal(ofWorker(production.services.worker), { ...local, 9090: two }))
    ]
    await started[0]?.prints('MAPI sandbox on')
    await started[1]?.prints(`"mapi":"http://127.0.0.1:${api}"`)
    await started[2]?.prints('"mapi":"https://mapi.fbot.me"')
    expect(await Promise.all(started.map(({ stop }) => stop()))).toEqual([0, 0, 0])
  })

  it('refer to files, services and volumes that there are', () => {
    const services = Object.entries(production.services)
    for (const [, { volumes = [], depends_on = [], build, image }] of services) {
      expect(build === '.' || image !== undefined).toBe(true)
      for (const name of depends_on) expect(production.services).toHaveProperty(name)
      for (const volume of volumes) {
        const [source = ''] = volume.split(':')
        // The operator creates the folder of the merchants file.
        if (source === './merchants') continue
        if (source.startsWith('.')) expect([source, existsSync(join(FOLDER, source))]).toEqual([source, true])
        else expect(production.volumes).toHaveProperty(source)
      }
    }
    const { sandbox, worker } = trial.services
    expect(worker?.network_mode).toBe('service:sandbox')
    expect(sandbox?.networks?.default.aliases).toEqual(['worker'])
  })

  it('give Redis the settings that lose nothing', async () => {
    const [, ...args] = production.services.redis?.command?.split(' ') ?? []
    const own = await startRedis(args)
    try {
      const { stdout } = await runCli(['queue', 'status', '--json'], { env: { REDIS_URL: own.url } })
      expect(JSON.parse(stdout)).toMatchObject({ risks: [] })
    } finally {
      await own.remove()
    }
  })

  it('show Grafana where Prometheus is, and Prometheus where the workers are', () => {
    const [source] = (
      readYaml('grafana/provisioning/datasources/prometheus.yml') as {
        datasources: { uid: string; url: string }[]
      }
    ).datasources
    expect(source).toMatchObject({ uid: 'prometheus', url: 'http://prometheus:9090' })
    expect(production.services).toHaveProperty('prometheus')
    const [scrape] = (readYaml('prometheus.yml') as { scrape_configs: { dns_sd_configs: object[] }[] })
      .scrape_configs
    expect(scrape?.dns_sd_configs).toEqual([{ names: ['worker'], type: 'A', port: 9090 }])
    expect(production.services.worker?.command).toContain('--host 0.0.0.0 --port 9090')
    const [provider] = (
      readYaml('grafana/provisioning/dashboards/friendbuy.yml') as {
        providers: { options: { path: string } }[]
      }
    ).providers
    const mounted = production.services.grafana?.volumes ?? []
    expect(mounted).toContain(`./grafana/dashboards:${provider?.options.path ?? ''}:ro`)
    expect(production.services.grafana?.environment?.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH).toBe(
      `${provider?.options.path ?? ''}/friendbuy.json`
    )
  })
})

describe('The systemd unit', () => {
  const unit = read('friendbuy-worker@.service')

  it('starts a worker with health and metrics on a port of its own', async () => {
    const [, command = ''] = /^ExecStart=\S+ (.*)$/m.exec(unit) ?? []
    const path = await writeMerchants({ 'shop-1': { settings: newSettings() } })
    const port = String(await freePort())
    const worker = start(
      toLocal(command.split(' '), { '/etc/friendbuy/merchants.json': path, '909%i': port })
    )
    try {
      await worker.prints('worker_started')
      expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200)
    } finally {
      expect(await worker.stop()).toBe(0)
    }
  })

  const itWithSystemd = succeeds('systemd-analyze', '--version') ? it : it.skip

  itWithSystemd('is one that systemd understands', async () => {
    const instance = join(folder, 'friendbuy-worker@1.service')
    await writeFile(instance, unit.replace(/^ExecStart=\S+/m, `ExecStart=${process.execPath}`))
    // It exits with 1 in a container, for units of the system.
    const { stdout, stderr } = spawnSync('systemd-analyze', ['verify', instance], { encoding: 'utf8' })
    const issues = (stdout + stderr).split('\n').filter((line) => line.includes('friendbuy-worker@1'))
    // Versions before 254 do not know these, and say so.
    const isUnknownThere = (line: string) => /Restart(Steps|MaxDelaySec)/.test(line)
    expect(issues.filter((line) => !isUnknownThere(line))).toEqual([])
  })
})

/** Names of metrics in an expression. */
const namesIn = (expression: string) => expression.match(/\b(?:friendbuy|process|nodejs)_[a-z_]+\b/g) ?? []

const expressions = [
  ...rules.map(({ alert, expr }) => [alert, expr] as const),
  ...dashboard.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const))
]

describe('The dashboard', () => {
  it('has panels that Grafana can place, of the provisioned source', () => {
    expect(dashboard).toMatchObject({ uid: 'friendbuy', title: 'Friendbuy workers', schemaVersion: 39 })
    const ids = dashboard.panels.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    const taken = new Set<string>()
    for (const { type, title, datasource, gridPos, targets } of dashboard.panels) {
      expect(['stat', 'timeseries', 'table']).toContain(type)
      expect(title).not.toBe('')
      expect(datasource).toEqual({ type: 'prometheus', uid: 'prometheus' })
      expect(targets.map(({ datasource: { uid } }) => uid)).toEqual(targets.map(() => 'prometheus'))
      expect(targets.map(({ refId }) => refId)).toEqual(targets.map((_, index) => 'ABCDEF'[index]))
      const { x, y, w, h } = gridPos
      expect(x + w).toBeLessThanOrEqual(24)
      for (let column = x; column < x + w; column += 1) {
        for (let row = y; row < y + h; row += 1) {
          expect(taken.has(`${column},${row}`)).toBe(false)
          taken.add(`${column},${row}`)
        }
      }
    }
  })
})

describe('The alert rules', () => {
  it('have a runbook entry each', () => {
    const runbook = readFileSync(join(ROOT, 'docs/guides/operate.md'), 'utf8')
    const described = [...runbook.matchAll(/^### (Friendbuy\w+)/gm)].map(([, name]) => name)
    expect(new Set(described)).toEqual(new Set(rules.map(({ alert }) => alert)))
  })

  itWithPrometheus('are valid, fire when they should, and not before', async () => {
    const promtool = (...args: string[]) => promisify(execFile)('promtool', args)
    await promtool('check', 'config', join(FOLDER, 'prometheus.yml'))
    await promtool('test', 'rules', join(__dirname, 'alerts.test.yml'))
    const tested = readFileSync(join(__dirname, 'alerts.test.yml'), 'utf8')
    for (const { alert } of rules) expect(tested).toContain(alert)
  })
})

describe('The metrics of a worker', () => {
  let worker: ReturnType<typeof start>
  let sandbox: Sandbox
  let target: string
  const queue = ['--queue', 'metrics']

  beforeAll(async () => {
    const good = newSettings()
    sandbox = await startSandbox({ credentials: [{ key: good.authKey, secret: good.authSecret }] })
    const path = await writeMerchants({
      'shop-1': { settings: good },
      'shop-2': { settings: newSettings() }
    })
    const port = String(await freePort())
    target = `127.0.0.1:${port}`
    worker = start(['worker', '--merchants', path, '--port', port, '--mapi-url', sandbox.url, ...queue])
    await worker.prints('worker_started')
  })
  afterAll(async () => {
    await worker.stop()
    await sandbox.close()
  })

  const metrics = async () => (await fetch(`http://${target}/metrics`)).text()

  const enqueue = async (merchant: string, properties: object) => {
    const event = { type: 'track', event: 'Order Completed', userId: 'c-1', properties }
    const input = JSON.stringify(event)
    await runCli(['enqueue', '-', '--merchant', merchant, ...queue], { env: { REDIS_URL: redis.url }, input })
  }

  it('have all names that the dashboard and the alert rules use', async () => {
    const text = await metrics()
    const names = new Set<string>()
    for (const [, name = '', type] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
      for (const suffix of type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''])
        names.add(name + suffix)
    }
    const used = expressions.flatMap(([place, expr]) => namesIn(expr).map((name) => [place, name] as const))
    expect(used.length).toBeGreaterThan(20)
    expect(used.filter(([, name]) => !names.has(name))).toEqual([])
  })

  itWithPrometheus('follow the conventions of Prometheus', async () => {
    const own = (await metrics())
      .split('\n')
      .filter((line) => line.includes('friendbuy_'))
      .join('\n')
    const checking = promisify(execFile)('promtool', ['check', 'metrics'])
    checking.child.stdin?.end(`${own}\n`)
    await checking
  })

  itWithPrometheus('answer every expression of the dashboard, and make an alert fire', async () => {
    const prometheus = await startPrometheus({
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: [join(FOLDER, 'alerts.yml')],
      scrape_configs: [{ job_name: 'friendbuy-worker', static_configs: [{ targets: [target] }] }]
    })
    try {
      await eventually(async () => (await prometheus.query('friendbuy_worker_ready == 1')).length > 0)
      await enqueue('shop-1', {
        order_id: 'o-1',
        total: 1,
        currency: 'USD',
        loyalty_status: 'platinum',
        tax: 1
      })
      await enqueue('shop-1', { total: 1, currency: 'USD' })
      await enqueue('shop-2', { order_id: 'o-2', total: 1, currency: 'USD' })
      const unanswered = async () => {
        const results = await Promise.all(
          dashboard.panels.flatMap(({ title, targets }) =>
            targets.map(async ({ expr }) => {
              const samples = await prometheus.query(expr.replaceAll('$__rate_interval', '1m'))
              return samples.some(({ value: [, value] }) => value !== 'NaN') ? [] : [title]
            })
          )
        )
        return results.flat()
      }
      await eventually(async () => (await unanswered()).length === 0)
      await eventually(async () =>
        (await prometheus.alerts()).some(
          ({ labels, state }) => labels.alertname === 'FriendbuyEventsFailed' && state === 'firing'
        )
      )
      const paused = await prometheus.query('friendbuy_merchant_paused_seconds')
      expect(paused.map(({ metric }) => metric.merchant)).toEqual(['shop-2'])
    } finally {
      await prometheus.remove()
    }
  })
})
