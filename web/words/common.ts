/** Words that all parts of the page use. */
const number = new Intl.NumberFormat('en')

export const common = {
  cancel: 'Cancel',
  save: 'Save',
  delete: 'Delete',
  create: 'Create',
  close: 'Close',
  back: 'Back',
  copy: 'Copy',
  copied: 'Copied',
  show: 'Show',
  tryAgain: 'Try again',
  nobody: 'Nobody',
  none: 'None',
  number: (value: number) => number.format(value),
  priority: { low: 'Low', normal: 'Normal', high: 'High', urgent: 'Urgent' },
  category: { new: 'New', active: 'Active', waiting: 'Waiting', done: 'Done' },
  notLoaded: 'This can not be shown',
} as const
