/** The palette and the help on keys. */
export const palette = {
  title: 'Go to or do',
  placeholder: 'Go to or do…',
  tickets: 'Tickets',
  goTo: 'Go to',
  act: 'Do',
  people: 'People',
  ticket: (number: number) => `Ticket ${number}`,
  allWith: (text: string) => `All tickets with “${text}”`,
  assignedTo: (handle: string) => `Open tickets of ${handle}`,
  key: (key: string) => `Key ${key}`,
  theme: { light: 'Light colours', dark: 'Dark colours', system: 'Colours of the system' },
  compact: 'More rows',
  roomy: 'Fewer rows',
  choose: 'choose',
  doIt: 'do it',
  tip: { tickets: 'tickets', keys: 'keys', people: 'people' },
  nothing: 'Nothing is called so.',
} as const

export const shortcuts = {
  title: 'Keyboard',
  text: (mod: string) => `Keys without ${mod} work while no text field has the focus.`,
  off: 'Single keys are switched off in the preferences.',
  or: 'or',
  andThen: 'then',
  sets: [
    {
      name: 'Everywhere',
      keys: [
        ['Go to or do', 'Mod K'],
        ['Search', '/'],
        ['New ticket', 'C'],
        ['Undo my last change', 'Z'],
        ['Do it again', '⇧ Z'],
        ['This help', '?'],
      ],
    },
    {
      name: 'Move',
      keys: [
        ['Next', 'J|↓'],
        ['Previous', 'K|↑'],
        ['Open', '↵'],
        ['Back', 'Esc|U'],
        ['Select', 'X'],
        ['Select further', '⇧ J|⇧ K'],
        ['Show what is new above', '.'],
      ],
    },
    {
      name: 'Change',
      keys: [
        ['Status', 'S'],
        ['Assignees', 'A'],
        ['Assign to me', 'I'],
        ['Priority', 'P'],
        ['Labels', 'L'],
        ['Queue', 'Q'],
        ['Due day', 'D'],
        ['Watch or not', 'W'],
      ],
    },
    {
      name: 'Write',
      keys: [
        ['Comment', 'R'],
        ['Internal note', '⇧ R'],
        ['Edit the description', 'E'],
        ['Save, send', 'Mod ↵'],
        ['Preview', 'Mod ⇧ P'],
      ],
    },
    {
      name: 'Go to',
      keys: [
        ['For me', 'G M'],
        ['All open', 'G A'],
        ['Board', 'G B'],
        ['Dashboard', 'G D'],
        ['Key tree', 'G K'],
        ['Settings', 'G S'],
      ],
    },
    {
      name: 'Board',
      keys: [
        ['Walk', '← → ↑ ↓'],
        ['Move the card', '⇧ ←|⇧ →'],
      ],
    },
    {
      name: 'Key tree',
      keys: [
        ['Fold, unfold', '←|→'],
        ['Edit the value', 'E'],
        ['New key', 'N'],
        ['Hold the changes', 'Space'],
      ],
    },
  ],
} as const
