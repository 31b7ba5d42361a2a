/**
 * The table of metrics as Prometheus reads it: the one file that knows prom-client. Nothing is kept twice: a metric's values
 * are read from where they are counted at the moment somebody asks.
 */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { DistributionData } from '../measure/distribution.js'
import { metricsTable, type Metric, type MetricsSources, type Sample } from './metrics-table.js'

/**
 * What prom-client shows and this does not: gauges under names that Prometheus keeps for counters (what they sum up is there
 * without them), and a delay of the event loop that is forgotten with every look, whoever looks (the table has a better one).
 */
const LEFT_OUT = /^nodejs_(?:active_.*_total|eventloop_lag_.*)$/u

/** So that what is left out is next to never measured, in milliseconds. */
const LOOP_LOOK_MS = 3_600_000

/** Everything that is shown: the table's metrics, and prom-client's own of the process. */
export function openRegistry(sources: MetricsSources): Registry {
  const registry = new Registry()
  for (const metric of metricsTable) registry.registerMetric(read(metric, sources))
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LOOP_LOOK_MS })
  for (const { name } of registry.getMetricsAsArray()) if (LEFT_OUT.test(name)) registry.removeSingleMetric(name)
  return registry
}

function read(metric: Metric, sources: MetricsSources): Counter | Gauge | Histogram {
  const { name, help, labels } = metric
  const config = { name, help, labelNames: labels, registers: [] }
  if (metric.type === 'histogram') return new ReadHistogram(config, () => metric.read(sources))
  const values = (): readonly Sample<number>[] => metric.read(sources)
  return metric.type === 'counter' ? new ReadCounter(config, values) : new ReadGauge(config, values)
}

/** What a metric is made with. */
interface Config {
  readonly name: string
  readonly help: string
  readonly labelNames: readonly string[]
  /** None: they are registered here. */
  readonly registers: never[]
}

/** What prom-client makes a line of. */
interface Value {
  readonly labels: Record<string, string | number>
  readonly value: number
}

/** A line of a histogram. */
interface RangeValue extends Value {
  readonly metricName: string
  readonly sharedLabels: object
}

class ReadCounter extends Counter {
  readonly #read: () => readonly Sample<number>[]

  constructor(config: Config, values: () => readonly Sample<number>[]) {
    super(config)
    this.#read = values
  }

  override async get(): ReturnType<Counter['get']> {
    return { ...(await super.get()), values: plainValues(this.#read()) }
  }
}

class ReadGauge extends Gauge {
  readonly #read: () => readonly Sample<number>[]

  constructor(config: Config, values: () => readonly Sample<number>[]) {
    super(config)
    this.#read = values
  }

  override async get(): ReturnType<Gauge['get']> {
    return { ...(await super.get()), values: plainValues(this.#read()) }
  }
}

class ReadHistogram extends Histogram {
  readonly #config: Config
  readonly #read: () => readonly Sample<DistributionData>[]

  constructor(config: Config, distributions: () => readonly Sample<DistributionData>[]) {
    super(config)
    this.#config = config
    this.#read = distributions
  }

  /** What a registry asks a histogram for; `get` asks for the same. */
  async getForPromString(): Promise<object> {
    const { name, help } = this.#config
    const values = this.#read().flatMap((sample) => rangesOf(name, sample))
    return { name, help, type: 'histogram', aggregator: 'sum', values }
  }
}

/** Prometheus counts in each range all values up to its bound. */
function rangesOf(name: string, [ofAll, { bounds, counts, sum }]: Sample<DistributionData>): RangeValue[] {
  const line = (ending: string, value: number, labels: Value['labels'] = {}): RangeValue => {
    return { metricName: `${name}_${ending}`, labels: { ...labels, ...ofAll }, sharedLabels: {}, value }
  }
  let upTo = 0
  const ranges = bounds.map((le, place) => {
    upTo += counts[place] ?? 0
    return line('bucket', upTo, { le })
  })
  const count = counts.reduce((all, one) => all + one, 0)
  return [...ranges, line('bucket', count, { le: '+Inf' }), line('sum', sum), line('count', count)]
}

function plainValues(samples: readonly Sample<number>[]): Value[] {
  return samples.map(([labels, value]) => ({ labels: { ...labels }, value }))
}
