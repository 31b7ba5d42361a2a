/** How far tests of faults go: a short way in `npm test`, a long one in `npm run faults`, which sets ETCDESK_FAULTS_MINUTES. */

/** Whether it is the long way. */
export const isLong = Number(process.env['ETCDESK_FAULTS_MINUTES'] ?? 0) > 0

/** What chance begins from; told by tests that fail, so that they can be run again. */
export const seed = Number(process.env['ETCDESK_FAULTS_SEED'] ?? Date.now() % 1_000_000)

/** A number that is larger in the long run. */
export function extent({ short, long }: { readonly short: number; readonly long: number }): number {
  return isLong ? long : short
}
