/** A search that finds nothing: which part to leave out, with what is found then. */
import { useSignal } from '@preact/signals'
import { Fragment } from 'preact'
import { useEffect } from 'preact/hooks'
import { To } from '../../parts/clickable.js'
import { termsOf, without } from '../../parts/terms.js'
import { listOf, OPEN } from '../../state/address.js'
import { desk } from '../../state/desk.js'
import { timeZone } from '../../state/ticket-list.js'
import { beginFirstRun } from '../../state/first-run.js'
import { words } from '../../words/words.js'
import { newTicket } from '../../state/dialogs.js'

const examples = words.list.searchExamples

interface Repair {
  readonly left: string
  readonly q: string
  readonly count: string
}

const REPAIRS_MAX = 6

export function EmptyList({ q }: { q: string }) {
  const repairs = useSignal<readonly Repair[]>([])
  const isEmptyDesk = useSignal(false)
  useEffect(() => {
    const stop = new AbortController()
    void findRepairs(q, stop.signal).then(
      (found) => (repairs.value = found),
      () => undefined,
    )
    void countOf('', stop.signal).then(
      ({ total }) => {
        isEmptyDesk.value = total === 0
        if (total === 0 && q === OPEN) beginFirstRun()
      },
      () => undefined,
    )
    return () => stop.abort()
  }, [q])
  return (
    <div class="blank">
      <h2>{isEmptyDesk.value ? words.list.emptyDesk : words.list.nothingFound}</h2>
      {repairs.value.length > 0 && (
        <>
          <p>{words.list.leaveOut}</p>
          <ul class="blank__list">
            {repairs.value.map((repair) => (
              <li key={repair.q}>
                <To to={listOf(repair.q === '' ? ' ' : repair.q)} class="menu__item">
                  <span class="strike">{repair.left}</span>
                  <span class="menu__end">{repair.count}</span>
                </To>
              </li>
            ))}
          </ul>
        </>
      )}
      {!isEmptyDesk.value && (
        <p>
          {words.list.searchHint}{' '}
          {examples.map((example, at) => (
            <Fragment key={example}>
              {at > 0 && ', '}
              <span class="blank__word">{example}</span>
            </Fragment>
          ))}
        </p>
      )}
      <p>
        <button type="button" class="btn btn--primary" onClick={() => newTicket()}>
          {words.frame.newTicket} <kbd>C</kbd>
        </button>{' '}
        {q !== OPEN && (
          <To to={listOf(OPEN)} class="btn">
            {words.frame.allOpen}
          </To>
        )}
      </p>
    </div>
  )
}

async function countOf(q: string, signal: AbortSignal): Promise<{ total: number; isExact: boolean }> {
  const { value } = await desk().tickets.pages({ q, limit: 1, tz: timeZone(), signal }).next()
  return { total: value?.total ?? 0, isExact: value?.totalIsExact ?? true }
}

async function findRepairs(q: string, signal: AbortSignal): Promise<readonly Repair[]> {
  const terms = termsOf(q).filter(({ text }) => text.trim() !== '')
  if (terms.length < 2) return []
  const found = await Promise.allSettled(
    terms.slice(0, REPAIRS_MAX).map(async (term) => {
      const rest = without(q, term)
      const { total, isExact } = await countOf(rest, signal)
      return { left: term.text, q: rest, total, count: words.list.count(total, isExact) }
    }),
  )
  return found.flatMap((outcome) => (outcome.status === 'fulfilled' && outcome.value.total > 0 ? [outcome.value] : []))
}
