/** The dashboard: how much is open, how it came and went, how old it is, who has it. What one may not count is left out. */
import type { ComponentChildren } from 'preact'
import { useEffect, useMemo } from 'preact/hooks'
import { To } from '../../parts/clickable.js'
import { Icon } from '../../parts/icon.js'
import { PersonMark, PriorityMark, StatusMark } from '../../parts/marks.js'
import { showMenu } from '../../parts/menu.js'
import { priorities } from '../../parts/pickers.js'
import { quoted } from '../../parts/terms.js'
import { ago, exactly } from '../../parts/times.js'
import { listOf, ticketOf } from '../../state/address.js'
import { sentenceOf } from '../../state/desk.js'
import { newTicket } from '../../state/dialogs.js'
import { isStaff, may } from '../../state/identity.js'
import { kept } from '../../state/keep.js'
import { queues } from '../../state/names.js'
import { words } from '../../words/words.js'
import { Bars, Chart, Table, type Bar } from './chart.js'
import { FiguresState, type Figures } from './figures.js'
import { Flow } from './flow.js'
import { Totals } from './totals.js'

const { dashboard, common } = words

const spans = [14, 30, 90] as const
const days = kept<number>('dashboard.days', 30, (value): value is number => spans.some((span) => span === value))
const queue = kept<string | null>(
  'dashboard.queue',
  null,
  (value): value is string | null => value === null || typeof value === 'string',
)

const BARS_MAX = 8

export function Dashboard() {
  const state = useMemo(() => new FiguresState({ days: days.peek(), queue: knownQueue() }), [])
  useEffect(() => state.show(), [state])
  const choose = (change: { readonly days?: number; readonly queue?: string | null }): void => {
    if (change.days !== undefined) days.value = change.days
    if (change.queue !== undefined) queue.value = change.queue
  }
  const figures = state.figures.value
  const problem = state.problem.value
  const chosen = knownQueue()
  useEffect(() => state.ask({ days: days.value, queue: chosen }), [state, days.value, chosen])
  return (
    <>
      <header class="bar dash-bar">
        <h1>{dashboard.name}</h1>
        <div class="bar__end">
          <button
            type="button"
            class="btn btn--quiet"
            aria-haspopup="listbox"
            aria-label={`${dashboard.queue}: ${chosen ?? dashboard.allQueues}`}
            onClick={({ currentTarget }) =>
              showMenu({
                anchor: currentTarget,
                label: dashboard.queue,
                items: [
                  { value: '', name: dashboard.allQueues },
                  ...queues.peek().map(({ name }) => ({ value: name, name, mark: <Icon name="queue" /> })),
                ],
                chosen: [chosen ?? ''],
                onTake: ([name]) => choose({ queue: name === undefined || name === '' ? null : name }),
              })
            }
          >
            <Icon name="queue" class="wide-only" />
            <bdi>{chosen ?? dashboard.allQueues}</bdi>
            <Icon name="down" isSmall />
          </button>
          {isStaff.value && (
            <div class="seg" role="group" aria-label={dashboard.span}>
              {spans.map((span) => (
                <button
                  key={span}
                  type="button"
                  aria-pressed={days.value === span}
                  onClick={() => choose({ days: span })}
                >
                  {dashboard.days(span)}
                </button>
              ))}
            </div>
          )}
        </div>
      </header>
      {problem !== undefined && figures === undefined ? (
        <div class="blank" role="alert">
          <h2>{common.notLoaded}</h2>
          <p>{sentenceOf(problem)}</p>
          <p>
            <button type="button" class="btn" onClick={() => void state.read()}>
              {common.tryAgain}
            </button>
          </p>
        </div>
      ) : figures === undefined ? null : figures.isEmpty ? (
        <div class="blank">
          <h2>{dashboard.empty.title}</h2>
          <p>{dashboard.empty.text}</p>
          {may('ticket.create') && (
            <p>
              <button type="button" class="btn btn--primary" onClick={newTicket}>
                {words.frame.newTicket} <kbd>C</kbd>
              </button>
            </p>
          )}
        </div>
      ) : (
        <div class="scroll" tabIndex={0} role="region" aria-label={dashboard.name}>
          <div class="dash">
            {problem !== undefined && (
              <p class="note chart--wide" role="alert">
                <Icon name="warn" />
                {sentenceOf(problem)}
              </p>
            )}
            {figures.asked.queue !== chosen && (
              <p class="note chart--wide" role="status">
                <Icon name="warn" />
                {dashboard.stillOf(figures.asked.queue, chosen)}
              </p>
            )}
            <Shown figures={figures} />
          </div>
        </div>
      )}
    </>
  )
}

function knownQueue(): string | null {
  return queues.value.some(({ name }) => name === queue.value) ? queue.value : null
}

function Shown({ figures }: { figures: Figures }) {
  const { asked, stats, active, waiting, still } = figures
  const within = asked.queue
  const { ledger, total } = stats
  const scope = within === null ? '' : ` queue:${quoted(within)}`
  const linked = (q: string, name: ComponentChildren) => (
    <To to={listOf(`is:open ${q}${scope}`)} class="hbars__who">
      {name}
    </To>
  )
  const one = (key: string, name: ComponentChildren, count: number): Bar => ({
    key,
    name,
    parts: [{ tone: 'k-a', count, text: dashboard.flow.tipOpen(count) }],
  })
  const people = stats.assignees.flatMap(({ assignee, count }) => (assignee === null ? [] : [{ assignee, count }]))
  const [busiest] = people
  const nobody = stats.assignees.find(({ assignee }) => assignee === null)?.count ?? 0
  const [fullest] = stats.queues
  const urgent = stats.priorities.find(({ priority }) => priority === 'urgent')?.count ?? 0
  const ages = agesOf(figures)
  const { categories } = dashboard
  const loaded = people.slice(0, BARS_MAX)
  const [longest] = still
  return (
    <>
      <Totals figures={figures} scope={scope} />
      {!(stats.totalIsExact && active.totalIsExact && waiting.totalIsExact) && (
        <p class="chart--wide">{dashboard.partly}</p>
      )}
      {ledger !== undefined && <Flow ledger={ledger} />}
      <Chart
        title={ageFinding(stats.ages, total)}
        legend={[
          { mark: 'k-new', text: categories.new },
          { mark: 'k-act', text: categories.active },
          { mark: 'k-wait', text: categories.waiting },
        ]}
        table={{
          head: [dashboard.age.head, categories.new, categories.active, categories.waiting, dashboard.total],
          rows: ages.map((age) => ({
            key: age.name,
            cells: [age.name, ...[age.new, age.active, age.waiting, age.all].map((count) => common.number(count))],
          })),
        }}
      >
        <Bars
          caption={dashboard.age.head}
          bars={ages.map((age) => ({
            key: age.name,
            name: age.name,
            parts: [
              { tone: 'k-new', count: age.new, text: `${common.number(age.new)} ${categories.new}` },
              { tone: 'k-act', count: age.active, text: `${common.number(age.active)} ${categories.active}` },
              { tone: 'k-wait', count: age.waiting, text: `${common.number(age.waiting)} ${categories.waiting}` },
            ],
          }))}
        />
      </Chart>
      <Chart
        title={
          busiest === undefined ? dashboard.load.none : dashboard.load.most(busiest.assignee, busiest.count, total)
        }
        table={{
          head: [dashboard.load.head, dashboard.count],
          rows: people.map(({ assignee, count }) => ({ key: assignee, cells: [assignee, common.number(count)] })),
        }}
      >
        <Bars
          caption={dashboard.load.head}
          bars={loaded.map(({ assignee, count }) =>
            one(
              assignee,
              linked(
                `assignee:${quoted(assignee)}`,
                <>
                  <PersonMark handle={assignee} />
                  <bdi>{assignee}</bdi>
                </>,
              ),
              count,
            ),
          )}
        />
        <p class="hbars__foot">
          {people.length > loaded.length && `${dashboard.others(people.length - loaded.length)}. `}
          {nobody > 0 && (
            <To to={listOf(`is:open no:assignee${scope}`)} class="link">
              {dashboard.load.nobody(nobody)}
            </To>
          )}
        </p>
      </Chart>
      {within === null && (
        <Chart
          title={
            fullest === undefined ? dashboard.queues.none : dashboard.queues.most(fullest.queue, fullest.count, total)
          }
          table={{
            head: [dashboard.queues.head, dashboard.count],
            rows: stats.queues.map(({ queue: name, count }) => ({ key: name, cells: [name, common.number(count)] })),
          }}
        >
          <Bars
            caption={dashboard.queues.head}
            bars={stats.queues
              .slice(0, BARS_MAX)
              .map(({ queue: name, count }) => one(name, linked(`queue:${quoted(name)}`, <bdi>{name}</bdi>), count))}
          />
          {stats.queues.length > BARS_MAX && (
            <p class="hbars__foot">{dashboard.others(stats.queues.length - BARS_MAX)}</p>
          )}
        </Chart>
      )}
      <Chart
        title={urgent === 0 ? dashboard.priorities.none : dashboard.priorities.urgent(urgent, total)}
        table={{
          head: [dashboard.priorities.head, dashboard.count],
          rows: byPriority(stats.priorities).map(({ priority, count }) => ({
            key: priority,
            cells: [common.priority[priority], common.number(count)],
          })),
        }}
      >
        <Bars
          caption={dashboard.priorities.head}
          bars={byPriority(stats.priorities).map(({ priority, count }) =>
            one(
              priority,
              linked(
                `priority:${priority}`,
                <>
                  <PriorityMark priority={priority} />
                  {common.priority[priority]}
                </>,
              ),
              count,
            ),
          )}
        />
      </Chart>
      {longest !== undefined && (
        <section class="chart chart--wide chart--words">
          <header>
            <h2>{dashboard.still.name(longest.number)}</h2>
          </header>
          <Table
            head={dashboard.still.head}
            rows={still.map(({ number, status, category, title, activity, createdAt }) => ({
              key: String(number),
              cells: [
                <span class="num">{common.ticketNumber(number)}</span>,
                <StatusMark name={status} category={category} />,
                <To to={ticketOf(number)} class="chart__title">
                  <bdi>{title}</bdi>
                </To>,
                <time dateTime={activity?.updatedAt ?? createdAt} title={exactly(activity?.updatedAt ?? createdAt)}>
                  {ago(activity?.updatedAt ?? createdAt)}
                </time>,
              ],
            }))}
          />
        </section>
      )}
    </>
  )
}

interface Age {
  readonly name: string
  readonly all: number
  readonly new: number
  readonly active: number
  readonly waiting: number
}

/** What is open by its age; those that are neither active nor waiting are new. */
function agesOf({ stats, active, waiting }: Figures): readonly Age[] {
  const froms = [0, 1, 7, 30, 90, 365]
  const countIn = ({ ages }: typeof stats, from: number): number => ages.find((age) => age.from === from)?.count ?? 0
  return froms.map((from, at) => {
    const all = countIn(stats, from)
    const isActive = Math.min(all, countIn(active, from))
    const isWaiting = Math.min(all - isActive, countIn(waiting, from))
    return {
      name: dashboard.age.bins[at] ?? '',
      all,
      new: all - isActive - isWaiting,
      active: isActive,
      waiting: isWaiting,
    }
  })
}

function ageFinding(ages: Figures['stats']['ages'], total: number): string {
  const since = (days: number): number => ages.reduce((sum, { from, count }) => sum + (from >= days ? count : 0), 0)
  if (total === 0) return dashboard.age.none
  if (since(30) > 0) return dashboard.age.month(since(30), total)
  return since(7) > 0 ? dashboard.age.week(since(7), total) : dashboard.age.young
}

function byPriority(
  counts: Figures['stats']['priorities'],
): readonly { readonly priority: (typeof priorities)[number]; readonly count: number }[] {
  return priorities.map((priority) => ({
    priority,
    count: counts.find((one) => one.priority === priority)?.count ?? 0,
  }))
}
