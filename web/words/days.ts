/** Days as people write them and as they are shown in short. */
export const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const

export const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const

export const nearDays: Readonly<Record<string, number>> = { today: 0, tomorrow: 1, yesterday: -1 }

export const dayAt = (day: string, time: string): string => `${day} at ${time}`
