/**
 * The page `/metrics`. What it shows is counted by the doors and the store whether or not anybody looks; the library that
 * words it for Prometheus is loaded when somebody first asks, so that a start does not wait for it.
 */
import type { MetricsPage } from '../http/desk-api/service.js'
import { LoopDelay } from '../measure/loop-delay.js'
import type { MetricsSources } from './metrics-table.js'

/** Prometheus' own name of its text format. */
const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** Makes the page, and measures the main thread from now on, as long as the process lives. */
export function openMetrics(sources: Omit<MetricsSources, 'loopDelay'>): MetricsPage {
  const loop = new LoopDelay()
  const open = async () => {
    const { openRegistry } = await import('./prometheus.js')
    return openRegistry({ ...sources, loopDelay: () => loop.data() })
  }
  let registry: ReturnType<typeof open> | undefined
  return {
    contentType: CONTENT_TYPE,
    text: async () => {
      registry ??= open()
      return (await registry).metrics()
    },
  }
}
