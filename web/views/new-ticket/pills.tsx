/** What a new ticket is to be, as pills: each is its value, and opens the menu that chooses it. */
import type { ComponentChildren } from 'preact'
import { dayOf, dueItems, dueText } from '../../parts/due-menu.js'
import { Icon, type IconName } from '../../parts/icon.js'
import { LabelMark, PersonMark, PriorityMark, StatusMark } from '../../parts/marks.js'
import { showMenu, type MenuItem } from '../../parts/menu.js'
import { forNobody, forNoLabel, labelItem, priorities, priorityItems, userItems } from '../../parts/pickers.js'
import { labels as allLabels, queues, statuses } from '../../state/names.js'
import type { NewDraft } from '../../state/new-draft.js'
import { words } from '../../words/words.js'

interface PillProps {
  readonly name: string
  /** Where it is not set, what it says is its name. */
  readonly value?: string | undefined
  readonly icon?: IconName | undefined
  readonly isSet?: boolean
  /** The id of what is wrong with it. */
  readonly fault?: string | undefined
  readonly children: ComponentChildren
  readonly pick: (anchor: Element) => void
}

export function Pill({ name, value, icon, isSet = true, fault, children, pick }: PillProps) {
  return (
    <button
      type="button"
      class={`pill${isSet ? '' : ' pill--ph'}${fault === undefined ? '' : ' is-bad'}`}
      aria-haspopup="listbox"
      aria-expanded="false"
      aria-label={value === undefined ? undefined : `${name}: ${value}`}
      aria-describedby={fault}
      onClick={({ currentTarget }) => pick(currentTarget)}
    >
      {icon !== undefined && <Icon name={icon} />}
      {children}
    </button>
  )
}

interface PillsProps {
  readonly draft: NewDraft
  readonly faultOf: (member: string) => string | undefined
  readonly set: (change: Partial<NewDraft>) => void
}

/** The queue, of those that one may choose. */
export function QueuePill({ draft, faultOf, set }: PillsProps) {
  const name = draft.queue ?? 'default'
  return (
    <Pill
      name={words.list.queue}
      value={name}
      icon="queue"
      fault={faultOf('queue')}
      pick={(anchor) =>
        showMenu({
          anchor,
          label: words.list.queue,
          items: queues
            .peek()
            .filter(({ archived }) => !archived)
            .map((queue) => ({ value: queue.name, name: queue.name, mark: <Icon name="queue" /> })),
          chosen: [name],
          onTake: ([queue]) => queue !== undefined && set({ queue }),
        })
      }
    >
      <bdi>{name}</bdi>
    </Pill>
  )
}

export function Pills({ draft, faultOf, set }: PillsProps) {
  const usual = queues.value.find(({ name }) => name === (draft.queue ?? 'default'))?.defaultAssignee ?? null
  const status = draft.status ?? firstStatus()
  return (
    <div class="picks">
      <Pill
        name={words.list.status}
        value={status}
        fault={faultOf('status')}
        pick={(anchor) => pickStatus(anchor, status, set)}
      >
        <StatusMark name={status} />
        <bdi>{status}</bdi>
      </Pill>
      <Pill
        name={words.list.priority}
        value={words.common.priority[draft.priority]}
        fault={faultOf('priority')}
        pick={(anchor) => pickPriority(anchor, draft, set)}
      >
        <PriorityMark priority={draft.priority} />
        {words.common.priority[draft.priority]}
      </Pill>
      <Pill
        name={words.list.assignees}
        value={draft.assignees?.join(', ') || undefined}
        icon={draft.assignees === null || draft.assignees.length === 0 ? 'me' : undefined}
        isSet={draft.assignees !== null && draft.assignees.length > 0}
        fault={faultOf('assignees')}
        pick={(anchor) =>
          showMenu({
            anchor,
            label: words.list.assignees,
            items: userItems(),
            ...forNobody(),
            chosen: draft.assignees ?? [],
            isMultiple: true,
            onTake: (assignees) => set({ assignees }),
          })
        }
      >
        {draft.assignees !== null && draft.assignees.length > 0
          ? draft.assignees.map((handle) => (
              <>
                <PersonMark key={handle} handle={handle} />
                <bdi>{handle}</bdi>
              </>
            ))
          : usual !== null && draft.assignees === null
            ? words.newTicket.usually(usual)
            : words.newTicket.assign}
      </Pill>
      <Pill
        name={words.list.labels}
        value={draft.labels.join(', ') || undefined}
        icon={draft.labels.length === 0 ? 'tag' : undefined}
        isSet={draft.labels.length > 0}
        fault={faultOf('labels')}
        pick={(anchor) =>
          showMenu({
            anchor,
            label: words.list.labels,
            items: allLabels
              .peek()
              .filter(({ archived }) => !archived)
              .map(({ name }) => labelItem(name)),
            ...forNoLabel(),
            chosen: draft.labels,
            isMultiple: true,
            onTake: (labels) => set({ labels }),
          })
        }
      >
        {draft.labels.length === 0
          ? words.newTicket.label
          : draft.labels.map((name) => <LabelMark key={name} name={name} />)}
      </Pill>
      <Pill
        name={words.newTicket.due}
        value={draft.due ?? undefined}
        icon="calendar"
        isSet={draft.due !== null}
        fault={faultOf('due')}
        pick={(anchor) => pickDay(anchor, draft, set)}
      >
        {draft.due === null ? words.newTicket.due : dueText(draft.due)}
      </Pill>
      <Pill
        name={words.newTicket.requester}
        value={draft.requester ?? undefined}
        icon={draft.requester === null ? 'users' : undefined}
        isSet={draft.requester !== null}
        fault={faultOf('requester')}
        pick={(anchor) =>
          showMenu({
            anchor,
            label: words.newTicket.requester,
            items: [{ value: '', name: words.common.nobody }, ...userItems()],
            ...forNobody(),
            chosen: [draft.requester ?? ''],
            onTake: ([handle]) => set({ requester: handle === undefined || handle === '' ? null : handle }),
          })
        }
      >
        {draft.requester === null ? (
          words.newTicket.requester
        ) : (
          <>
            <PersonMark handle={draft.requester} />
            <bdi>{draft.requester}</bdi>
          </>
        )}
      </Pill>
      <button
        type="button"
        class={`pill${draft.internal ? '' : ' pill--ph'}`}
        aria-pressed={draft.internal}
        title={words.newTicket.internalHint}
        onClick={() => set({ internal: !draft.internal })}
      >
        <Icon name={draft.internal ? 'check' : 'lock'} />
        {words.newTicket.internal}
      </button>
    </div>
  )
}

/** Where a new ticket begins that is told nothing else. */
function firstStatus(): string {
  return statuses.value.find(({ category, archived }) => category === 'new' && !archived)?.name ?? ''
}

function pickStatus(anchor: Element, chosen: string, set: PillsProps['set']): void {
  const items = statuses.peek().flatMap(({ name, category, archived }): MenuItem[] => {
    if (archived) return []
    return [
      {
        value: name,
        name,
        mark: <StatusMark name={name} category={category} />,
        head: words.common.category[category],
      },
    ]
  })
  showMenu({
    anchor,
    label: words.list.status,
    items,
    chosen: [chosen],
    onTake: ([status]) => status !== undefined && set({ status }),
  })
}

function pickPriority(anchor: Element, draft: NewDraft, set: PillsProps['set']): void {
  showMenu({
    anchor,
    label: words.list.priority,
    items: priorityItems(),
    chosen: [draft.priority],
    onTake([value]) {
      const priority = priorities.find((one) => one === value)
      if (priority !== undefined) set({ priority })
    },
  })
}

function pickDay(anchor: Element, draft: NewDraft, set: PillsProps['set']): void {
  const { near, none } = dueItems()
  // What is no day stays as it was written, so that it can be put right.
  const meant = (text: string): string => dayOf(text) ?? text
  showMenu({
    anchor,
    label: words.list.dueMenu,
    items: draft.due === null ? near : [...near, none],
    chosen: [draft.due ?? ''],
    makeNew: (text) => words.list.dueOther(dueText(meant(text))),
    onTake: ([due]) => due !== undefined && set({ due: due === '' ? null : meant(due) }),
  })
}
