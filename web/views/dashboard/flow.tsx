/** What was opened and closed on each day, and how many were open when it ended. */
import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import type { Stats } from '../../../src/client/client.js'
import { words } from '../../words/words.js'
import { Chart } from './chart.js'

type Ledger = NonNullable<Stats['ledger']>

const { flow } = words.dashboard
const dayAndMonth = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' })
const withWeekday = new Intl.DateTimeFormat('en-GB', {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  timeZone: 'UTC',
})

interface Day {
  readonly date: Date
  readonly opened: number
  readonly closed: number
  readonly open: number
}

export function Flow({ ledger }: { ledger: Ledger }) {
  const at = useSignal<number | undefined>(undefined)
  const days = ledger.days.map(({ day, opened, reopened, closed, open }): Day => ({
    date: new Date(`${day}T00:00:00Z`),
    opened: opened + reopened,
    closed,
    open,
  }))
  const sum = (of: (day: Day) => number): number => days.reduce((all, day) => all + of(day), 0)
  const count = days.length
  const shown = at.value === undefined ? undefined : days[at.value]
  const place = ((at.value ?? 0) + 0.5) / count
  const title = findingOf(days)
  const pointAt = ({ currentTarget, clientX }: PointerEvent): void => {
    if (!(currentTarget instanceof Element)) return
    const { left, width } = currentTarget.getBoundingClientRect()
    at.value = Math.min(count - 1, Math.max(0, Math.floor(((clientX - left) / width) * count)))
  }
  return (
    <Chart
      isWide
      title={title}
      legend={[
        { mark: 'k-a', text: flow.keyOpened(sum(({ opened }) => opened)) },
        { mark: 'k-b', text: flow.keyClosed(sum(({ closed }) => closed)) },
        { mark: 'k-l', text: flow.keyOpen },
      ]}
      table={{
        head: flow.head,
        rows: ledger.days.toReversed().map((day) => ({
          key: day.day,
          cells: [
            withWeekday.format(new Date(`${day.day}T00:00:00Z`)),
            ...[
              day.opened,
              day.reopened,
              day.restored,
              day.movedIn,
              day.closed,
              day.deleted,
              day.movedOut,
              day.open,
            ].map((value) => words.common.number(value)),
          ],
        })),
      }}
    >
      <div
        role="img"
        aria-label={title}
        onPointerMove={pointAt}
        onPointerDown={pointAt}
        onPointerLeave={() => (at.value = undefined)}
      >
        <OpenLine days={days} />
        <Bars days={days} at={at.value}>
          {shown !== undefined && (
            <div class={`tip${place > 0.6 ? ' tip--left' : ''}`} style={{ left: `${place * 100}%` }}>
              <b>{withWeekday.format(shown.date)}</b>
              <span>
                <i class="k-a" />
                {flow.tipOpened(shown.opened)}
              </span>
              <span>
                <i class="k-b" />
                {flow.tipClosed(shown.closed)}
              </span>
              <span>
                <i class="k-l" />
                {flow.tipOpen(shown.open)}
              </span>
            </div>
          )}
        </Bars>
        <div class="plot__x">
          {labelsOf(days).map(({ index, text }) => (
            <span key={index} style={{ left: `${((index + 0.5) / count) * 100}%` }}>
              {text}
            </span>
          ))}
        </div>
      </div>
    </Chart>
  )
}

/** The line has a scale of its own: what is open is many times what one day brings. */
function OpenLine({ days }: { days: readonly Day[] }) {
  const values = days.map(({ open }) => open)
  const top = roundUp(Math.max(...values, 1))
  const y = (value: number): number => 9.5 - (8.5 * value) / top
  const path = values.map((value, index) => `${index === 0 ? 'M' : 'L'}${index + 0.5} ${y(value).toFixed(2)}`).join('')
  const now = values.at(-1) ?? 0
  return (
    <div class="plot plot--s">
      <div class="plot__y">
        <span style={{ top: `${10 * y(top)}%` }}>{words.common.number(top)}</span>
      </div>
      <div class="plot__box">
        <svg class="plot__svg" viewBox={`0 0 ${days.length} 10`} preserveAspectRatio="none" aria-hidden="true">
          <Weekends days={days} height={10} />
          <line class="plot__grid" x1="0" x2={days.length} y1={y(top)} y2={y(top)} />
          <line class="plot__grid" x1="0" x2={days.length} y1={y(0)} y2={y(0)} />
          <path class="plot__line" d={path} />
        </svg>
        <span class="plot__end" style={{ top: `${10 * y(now)}%` }}>
          {words.common.number(now)}
        </span>
      </div>
    </div>
  )
}

function Bars({ days, at, children }: { days: readonly Day[]; at: number | undefined; children: ComponentChildren }) {
  const top = roundUp(Math.max(1, ...days.map(({ opened, closed }) => Math.max(opened, closed))))
  return (
    <div class="plot">
      <div class="plot__y">
        <span style={{ top: '0%' }}>{words.common.number(top)}</span>
        <span style={{ top: '50%' }}>0</span>
        <span style={{ top: '100%' }}>{words.common.number(top)}</span>
      </div>
      <div class="plot__box">
        <svg class="plot__svg" viewBox={`0 0 ${days.length} 20`} preserveAspectRatio="none" aria-hidden="true">
          <Weekends days={days} height={20} />
          {days.map(({ opened, closed }, index) => {
            const state = at === index ? ' is-at' : ''
            const up = (10 * opened) / top
            const down = (10 * closed) / top
            return (
              <g key={index}>
                <rect class={`plot__a${state}`} x={index + 0.2} y={10 - up} width="0.6" height={up} />
                <rect class={`plot__b${state}`} x={index + 0.2} y="10" width="0.6" height={down} />
              </g>
            )
          })}
          <line class="plot__zero" x1="0" x2={days.length} y1="10" y2="10" />
        </svg>
        {children}
      </div>
    </div>
  )
}

function Weekends({ days, height }: { days: readonly Day[]; height: number }) {
  return (
    <>
      {days.map(({ date }, index) =>
        date.getUTCDay() % 6 === 0 ? (
          <rect key={index} class="plot__rest" x={index} y="0" width="1" height={height} />
        ) : null,
      )}
    </>
  )
}

function findingOf(days: readonly Day[]): string {
  const grew = days.filter(({ opened, closed }) => opened > closed).length
  const shrank = days.filter(({ opened, closed }) => closed > opened).length
  if (days.every(({ opened, closed }) => opened + closed === 0)) return flow.none(days.length)
  if (grew === 0 && shrank === 0) return flow.even(days.length)
  return grew >= shrank ? flow.opened(grew, days.length) : flow.closed(shrank, days.length)
}

/** A round number that is not less. */
export function roundUp(value: number): number {
  if (value <= 10) return [1, 2, 4, 6, 8].find((one) => one >= value) ?? 10
  const power = 10 ** Math.floor(Math.log10(value))
  const step = [1, 1.5, 2, 3, 4, 5, 6, 8].find((one) => one * power >= value) ?? 10
  return step * power
}

/** Days that are named below: today, and back from it in even steps. */
function labelsOf(days: readonly Day[]): readonly { readonly index: number; readonly text: string }[] {
  const step = days.length <= 14 ? 3 : days.length <= 31 ? 7 : 21
  const last = days.length - 1
  const labels = [{ index: last, text: flow.today as string }]
  for (let index = last - step; index >= 0; index -= step) {
    const day = days[index]
    if (day !== undefined) labels.unshift({ index, text: dayAndMonth.format(day.date) })
  }
  return labels
}
