/**
 * Reads the text format of Prometheus, and takes nothing that is not exactly in it: each family's help and type stand before
 * its samples, no sample is there twice, and a histogram counts upwards to its count.
 */

export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface Family {
  readonly name: string
  readonly help: string
  readonly type: string
  readonly samples: readonly Sample[]
}

const LINE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/u
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/gu

/** All families by their names. @throws where the text is not what Prometheus takes */
export function parseMetrics(text: string): ReadonlyMap<string, Family> {
  if (!text.endsWith('\n')) throw new Error('the last line has no end')
  const families = new Map<string, Family & { samples: Sample[] }>()
  const seen = new Set<string>()
  let family: (Family & { samples: Sample[] }) | undefined
  let help: readonly string[] | undefined
  for (const line of text.split('\n')) {
    if (line === '') continue
    const comment = /^# (HELP|TYPE) (\S+) (.+)$/u.exec(line)
    if (comment?.[1] === 'HELP') {
      help = comment
      family = undefined
    } else if (comment?.[1] === 'TYPE') {
      const [, , name = '', type = ''] = comment
      if (help?.[2] !== name || families.has(name)) throw new Error(`${name} has no help, or two types`)
      if (!['counter', 'gauge', 'histogram', 'summary'].includes(type)) throw new Error(`${name} is a ${type}`)
      family = { name, help: help[3] ?? '', type, samples: [] }
      families.set(name, family)
    } else {
      const sample = parseSample(line)
      if (family === undefined || !namesOf(family).includes(sample.name)) throw new Error(`${line} stands alone`)
      const identity = sample.name + identityOf(sample.labels)
      if (seen.has(identity)) throw new Error(`${identity} stands there twice`)
      seen.add(identity)
      family.samples.push(sample)
    }
  }
  for (const one of families.values()) if (one.type === 'histogram') checkHistogram(one)
  return families
}

/** The sum of a metric's samples whose labels are these, others whatever they are. @throws where there is no such sample */
export function valueOf(
  families: ReadonlyMap<string, Family>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  const all = [...families.values()].flatMap(({ samples }) => samples).filter((sample) => sample.name === name)
  const found = all.filter((sample) => Object.entries(labels).every(([label, value]) => sample.labels[label] === value))
  if (found.length === 0) throw new Error(`there is no ${name} with ${JSON.stringify(labels)}`)
  return found.reduce((sum, { value }) => sum + value, 0)
}

function parseSample(line: string): Sample {
  const match = LINE.exec(line)
  if (match === null) throw new Error(`${line} is no sample`)
  const [, name = '', labelText = '', valueText = ''] = match
  const labels: Record<string, string> = {}
  let end = 0
  for (const label of labelText.matchAll(LABEL)) {
    const [whole, key = '', value = ''] = label
    if (label.index !== end || key in labels) throw new Error(`${line} has labels that can not be`)
    end += whole.length
    labels[key] = value.replace(/\\(.)/gu, (_, character: string) => (character === 'n' ? '\n' : character))
  }
  if (end !== labelText.length) throw new Error(`${line} has labels that can not be`)
  const value = valueText === '+Inf' ? Infinity : Number(valueText)
  if (Number.isNaN(value)) throw new Error(`${line} has no number`)
  return { name, labels, value }
}

/** The labels as one text, whatever their order. */
function identityOf(labels: Readonly<Record<string, string>>): string {
  const names = Object.keys(labels).toSorted()
  return JSON.stringify(names.map((name) => [name, labels[name]]))
}

function namesOf({ name, type }: Family): readonly string[] {
  if (type === 'histogram') return ['_bucket', '_sum', '_count'].map((ending) => name + ending)
  return type === 'summary' ? [name, `${name}_sum`, `${name}_count`] : [name]
}

function checkHistogram({ name, samples }: Family): void {
  const series = new Map<string, Sample[]>()
  for (const sample of samples) {
    const { le: _le, ...labels } = sample.labels
    const key = identityOf(labels)
    series.set(key, [...(series.get(key) ?? []), sample])
  }
  for (const [key, parts] of series) {
    const buckets = parts.filter((part) => part.name === `${name}_bucket`)
    const bounds = buckets.map(({ labels }) => (labels['le'] === '+Inf' ? Infinity : Number(labels['le'])))
    const isAscending = (values: readonly number[]): boolean =>
      values.every((value, place) => place === 0 || value >= (values[place - 1] ?? 0))
    const count = parts.find((part) => part.name === `${name}_count`)?.value
    const isWhole = bounds.at(-1) === Infinity && buckets.at(-1)?.value === count
    if (!isAscending(bounds) || !isAscending(buckets.map(({ value }) => value)) || !isWhole) {
      throw new Error(`the histogram ${name} ${key} does not add up`)
    }
  }
}
