/** A chart: its title says the finding, its marks are drawn, its words are text, and it can always be read as a table. */
import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { words } from '../../words/words.js'

export interface Cells {
  readonly head: readonly string[]
  readonly rows: readonly { readonly key: string; readonly cells: readonly ComponentChildren[] }[]
}

interface ChartProps {
  readonly title: ComponentChildren
  readonly legend?: readonly { readonly mark: string; readonly text: string }[]
  readonly isWide?: boolean
  readonly table: Cells
  readonly children: ComponentChildren
}

export function Chart({ title, legend = [], isWide = false, table, children }: ChartProps) {
  const isTable = useSignal(false)
  return (
    <section class={`chart${isWide ? ' chart--wide' : ''}`}>
      <header>
        <div class="chart__head">
          <h2>{title}</h2>
          {legend.length > 0 && !isTable.value && (
            <p class="plot__key">
              {legend.map(({ mark, text }) => (
                <span key={mark}>
                  <i class={mark} />
                  {text}
                </span>
              ))}
            </p>
          )}
        </div>
        <button
          type="button"
          class="btn btn--quiet btn--xs"
          aria-pressed={isTable.value}
          onClick={() => (isTable.value = !isTable.value)}
        >
          {words.dashboard.asTable}
        </button>
      </header>
      {isTable.value ? <Table {...table} /> : children}
    </section>
  )
}

export function Table({ head, rows }: Cells) {
  return (
    <div class="table-wrap" tabIndex={0} role="region" aria-label={head[0]}>
      <table class="table chart__table">
        <thead>
          <tr>
            {head.map((text, at) => (
              <th key={text} scope="col" class={at === 0 ? '' : 'n'}>
                {text}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, cells }) => (
            <tr key={key}>
              {cells.map((cell, at) => (
                <td key={at} class={at === 0 ? '' : 'n'}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

export interface Bar {
  readonly key: string
  readonly name: ComponentChildren
  /** Its parts, each with the class of its tone and what it is in words. */
  readonly parts: readonly { readonly tone: string; readonly count: number; readonly text: string }[]
}

const countOf = ({ parts }: Bar): number => parts.reduce((sum, { count }) => sum + count, 0)

/** Bars that lie, the longest as long as there is room. */
export function Bars({ caption, bars }: { caption: string; bars: readonly Bar[] }) {
  const most = Math.max(1, ...bars.map((bar) => countOf(bar)))
  return (
    <table class="hbars">
      <caption class="sr">{caption}</caption>
      <tbody>
        {bars.map((bar) => {
          const count = countOf(bar)
          return (
            <tr key={bar.key}>
              <th scope="row">{bar.name}</th>
              <td>
                <span class="hbar">
                  <span class="hbar__b" style={{ width: `${(90 * count) / most}%` }} aria-hidden="true">
                    {bar.parts
                      .filter((part) => part.count > 0)
                      .map((part) => (
                        <span
                          key={part.tone}
                          class={`hbar__s ${part.tone}`}
                          style={{ width: `${(100 * part.count) / count}%` }}
                          title={part.text}
                        />
                      ))}
                  </span>
                  {words.common.number(count)}
                </span>
              </td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}
