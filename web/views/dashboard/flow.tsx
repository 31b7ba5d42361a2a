/** What was opened and closed on each day, and how many were open when it ended. */
import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import type { Stats } from '../../../src/client/client.js'
import { words } from '../../words/words.js'
import { Chart } from './chart.js'
import { heightIn, ticksOf } from './scale.js'

type Ledger = NonNullable<Stats['ledger']>

const { flow } = words.dashboard
const dayAndMonth = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' })
const withWeekday = new Intl.DateTimeFormat('en-GB', {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  timeZone: 'UTC',
})

/** How many ticks there is room for beside each of the two. */
const OPEN_TICKS = 3
const DAY_TICKS = 5

interface Day {
  readonly date: Date
  readonly opened: number
  readonly reopened: number
  /** All that came: the two together. */
  readonly came: number
  readonly closed: number
  readonly open: number
}

export function Flow({ ledger }: { ledger: Ledger }) {
  const at = useSignal<number | undefined>(undefined)
  const days = ledger.days.map(({ day, opened, reopened, closed, open }): Day => ({
    date: new Date(`${day}T00:00:00Z`),
    opened,
    reopened,
    came: opened + reopened,
    closed,
    open,
  }))
  const sum = (of: (day: Day) => number): number => days.reduce((all, day) => all + of(day), 0)
  const count = days.length
  const shown = at.value === undefined ? undefined : days[at.value]
  const place = ((at.value ?? 0) + 0.5) / count
  const reopened = sum((day) => day.reopened)
  const title = findingOf(days, flow.came(reopened > 0))
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
        ...(reopened > 0 ? [{ mark: 'k-again', text: flow.keyReopened(reopened) }] : []),
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
              {shown.reopened > 0 && (
                <span>
                  <i class="k-again" />
                  {flow.tipReopened(shown.reopened)}
                </span>
              )}
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
  const ticks = ticksOf(0, Math.max(...values, 1), OPEN_TICKS)
  const y = heightIn(ticks, 0.5, 9.5)
  const path = values.map((value, index) => `${index === 0 ? 'M' : 'L'}${index + 0.5} ${y(value).toFixed(2)}`).join('')
  const now = values.at(-1) ?? 0
  return (
    <div class="plot plot--s">
      <Axis ticks={ticks} place={(tick) => 10 * y(tick)} />
      <div class="plot__box">
        <svg class="plot__svg" viewBox={`0 0 ${days.length} 10`} preserveAspectRatio="none" aria-hidden="true">
          <Weekends days={days} height={10} />
          {ticks.map((tick) => (
            <line key={tick} class="plot__grid" x1="0" x2={days.length} y1={y(tick)} y2={y(tick)} />
          ))}
          <path class="plot__line" d={path} />
        </svg>
        <span class="plot__end" style={{ top: `${10 * y(now)}%` }}>
          {words.common.number(now)}
        </span>
      </div>
    </div>
  )
}

/** What was opened rises from the line, what was reopened on top of it; what was closed hangs below: there the axis counts what went. */
function Bars({ days, at, children }: { days: readonly Day[]; at: number | undefined; children: ComponentChildren }) {
  const most = Math.max(1, ...days.map(({ came }) => came))
  const ticks = ticksOf(-Math.max(0, ...days.map(({ closed }) => closed)), most, DAY_TICKS)
  const y = heightIn(ticks, 0, 20)
  return (
    <div class="plot">
      <Axis ticks={ticks} place={(tick) => 5 * y(tick)} />
      <div class="plot__box">
        <svg class="plot__svg" viewBox={`0 0 ${days.length} 20`} preserveAspectRatio="none" aria-hidden="true">
          <Weekends days={days} height={20} />
          {ticks.map((tick) => (
            <line key={tick} class="plot__grid" x1="0" x2={days.length} y1={y(tick)} y2={y(tick)} />
          ))}
          {days.map(({ opened, came, closed }, index) => {
            const state = at === index ? ' is-at' : ''
            return (
              <g key={index}>
                <rect class={`plot__a${state}`} x={index + 0.2} y={y(opened)} width="0.6" height={y(0) - y(opened)} />
                {came > opened && (
                  <rect
                    class={`plot__again${state}`}
                    x={index + 0.2}
                    y={y(came)}
                    width="0.6"
                    height={y(opened) - y(came)}
                  />
                )}
                <rect class={`plot__b${state}`} x={index + 0.2} y={y(0)} width="0.6" height={y(-closed) - y(0)} />
              </g>
            )
          })}
          <line class="plot__zero" x1="0" x2={days.length} y1={y(0)} y2={y(0)} />
        </svg>
        {children}
      </div>
    </div>
  )
}

/** The ticks of a scale in words, each at its place in percent from the top. */
function Axis({ ticks, place }: { ticks: readonly number[]; place: (tick: number) => number }) {
  return (
    <div class="plot__y">
      {ticks.map((tick) => (
        <span key={tick} style={{ top: `${place(tick)}%` }}>
          {flow.tick(tick)}
        </span>
      ))}
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

/** What the days say, with a word for all that came. */
function findingOf(days: readonly Day[], word: string): string {
  const grew = days.filter(({ came, closed }) => came > closed).length
  const shrank = days.filter(({ came, closed }) => closed > came).length
  if (days.every(({ came, closed }) => came + closed === 0)) return flow.none(days.length)
  if (grew === 0 && shrank === 0) return flow.even(word, days.length)
  return grew >= shrank ? flow.opened(word, grew, days.length) : flow.closed(word, shrank, days.length)
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
