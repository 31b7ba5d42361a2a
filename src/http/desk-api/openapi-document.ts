/** The OpenAPI document as the door gives it: what routes say of themselves is noted as they are added, and made one when somebody asks. */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { FastifyInstance, RouteOptions } from 'fastify'
import type { Described } from './openapi-shared.js'

export class ApiDocument {
  readonly #app: FastifyInstance
  readonly #version: string
  readonly #routes: RouteOptions[] = []
  #made: Promise<string> | undefined

  /** Learns the routes that are added from now on. */
  constructor(app: FastifyInstance, version: string) {
    this.#app = app
    this.#version = version
    app.addHook('onRoute', (route) => {
      if (route.method !== 'HEAD' && route.schema !== undefined) this.#routes.push(route)
    })
  }

  /** Made once, beside the main thread. */
  text(): Promise<string> {
    this.#made ??= this.#make().catch((error: unknown) => {
      this.#made = undefined
      throw error
    })
    return this.#made
  }

  async #make(): Promise<string> {
    const described: Described = {
      version: this.#version,
      schemas: Object.values(this.#app.getSchemas()),
      routes: this.#routes.map(({ url, method, schema = {} }) => ({ url, method: [method].flat(), schema })),
    }
    const worker = new Worker(new URL('./openapi-thread.js', import.meta.url), {
      workerData: JSON.stringify(described),
    })
    worker.unref()
    // A thread that ends without a word, such as for want of memory, leaves nobody waiting.
    const ended = once(worker, 'exit').then(() => {
      throw new Error('the thread that makes the OpenAPI document ended without it')
    })
    const [text]: unknown[] = await Promise.race([once(worker, 'message'), ended])
    return String(text)
  }
}
