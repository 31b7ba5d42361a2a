/** The figures at the head of the dashboard: how many are open, came, went, have nobody, are late. */
import { To } from '../../parts/clickable.js'
import { listOf } from '../../state/address.js'
import { isStaff } from '../../state/identity.js'
import { words } from '../../words/words.js'
import type { Figures } from './figures.js'

const { dashboard, common } = words

/** The totals of a search's scope. */
export function Totals({ figures, scope }: { figures: Figures; scope: string }) {
  const { stats, overdue } = figures
  const { ledger, total } = stats
  const count = ledger?.days.length ?? 0
  const sum = (of: (day: NonNullable<typeof ledger>['days'][number]) => number): number =>
    ledger?.days.reduce((all, day) => all + of(day), 0) ?? 0
  const today = ledger?.days.at(-1)
  const reopened = sum((day) => day.reopened)
  const nobody = stats.assignees.find(({ assignee }) => assignee === null)?.count ?? 0
  const apart = total - (ledger?.openBefore ?? 0)
  const since =
    apart === 0 ? dashboard.asMany(count) : apart > 0 ? dashboard.more(apart, count) : dashboard.fewer(-apart, count)
  return (
    <dl class="figs">
      <Figure
        name={dashboard.open}
        count={total}
        q={`is:open${scope}`}
        text={ledger === undefined ? (isStaff.value ? '' : dashboard.yours) : since}
      />
      {today !== undefined && (
        <>
          <Figure
            name={dashboard.opened}
            count={sum(({ opened }) => opened)}
            text={dashboard.today(today.opened)}
            more={reopened === 0 ? undefined : dashboard.reopened(reopened)}
          />
          <Figure name={dashboard.closed} count={sum(({ closed }) => closed)} text={dashboard.today(today.closed)} />
        </>
      )}
      <Figure name={dashboard.unassigned} count={nobody} q={`is:open no:assignee${scope}`} text={dashboard.nobodyHas} />
      <Figure
        name={dashboard.overdue}
        count={overdue.total}
        q={`is:overdue${scope}`}
        text={overdue.first.map(({ number }) => common.ticketNumber(number)).join(', ') || dashboard.noneOverdue}
        isBad={overdue.total > 0}
      />
    </dl>
  )
}

interface FigureProps {
  readonly name: string
  readonly count: number
  readonly text: string
  /** What it does not count, though one may think so. */
  readonly more?: string | undefined
  /** What it counts, to be looked at. */
  readonly q?: string
  readonly isBad?: boolean
}

function Figure({ name, count, text, more, q, isBad = false }: FigureProps) {
  const value = <b>{common.number(count)}</b>
  return (
    <div class="fig">
      <dt>{name}</dt>
      <dd>
        {q === undefined ? value : <To to={listOf(q)}>{value}</To>}
        <span class={isBad ? 'fig__bad' : ''}>{text}</span>
        {more !== undefined && <span>{more}</span>}
      </dd>
    </div>
  )
}
