/** What a value that comes from outside may be: checks that are put together, as what is kept in the browser needs them. */
export type Is<Value> = (value: unknown) => value is Value

export const isText: Is<string> = (value) => typeof value === 'string'
export const isNumber: Is<number> = (value) => typeof value === 'number'
export const isYesOrNo: Is<boolean> = (value) => typeof value === 'boolean'

export function nullOr<Value>(is: Is<Value>): Is<Value | null> {
  return (value): value is Value | null => value === null || is(value)
}

export function optional<Value>(is: Is<Value>): Is<Value | undefined> {
  return (value): value is Value | undefined => value === undefined || is(value)
}

export function listOf<Value>(is: Is<Value>): Is<Value[]> {
  return (value): value is Value[] => Array.isArray(value) && value.every((one) => is(one))
}

/** An object that has these members; others do not matter. */
export function objectOf<Value extends object>(members: {
  readonly [Name in keyof Value]-?: Is<Value[Name]>
}): Is<Value> {
  const checks: readonly (readonly [string, Is<unknown>])[] = Object.entries(members)
  return (value): value is Value =>
    typeof value === 'object' && value !== null && checks.every(([name, is]) => is(Reflect.get(value, name)))
}
