/** Takes what etcd answered out of its outcome. */

/** The outcome of a request, which must be that it was done. @throws with the outcome where it was not */
export async function okay<T extends { readonly type: string }>(
  asked: Promise<T>,
): Promise<Extract<T, { type: 'ok' }>> {
  const outcome = await asked
  if (!isOk(outcome)) throw new Error(JSON.stringify(outcome))
  return outcome
}

function isOk<T extends { readonly type: string }>(outcome: T): outcome is Extract<T, { type: 'ok' }> {
  return outcome.type === 'ok'
}
