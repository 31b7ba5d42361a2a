/**
 * Where a restored backup begins: at an index above all that were given since it was made. What was written since is lost, but
 * clients have seen its indexes, as tags, as ids of events, as the place to go on from. None of these is ever given to anything
 * else; and since no event of before is kept, whoever goes on from one is told that the history is gone.
 */
import type { Origin, Restart } from '../journal/transfer.js'
import { TransferError } from '../journal/transfer.js'
import { DESK_EVENT, encodeDetail } from '../names/detail.js'
import { NOBODY } from '../store/command.js'

/** By how much the index is raised. */
export const RESTART_STEP = 1_000_000

/** The newest index that can be raised: indexes are whole numbers that JSON carries exactly. */
const RESTARTED_MAX = Number.MAX_SAFE_INTEGER - RESTART_STEP

/** What the one event that a restored store has says of itself. */
const RESTORED = 'desk.restored'

/**
 * The head and the history of a restored backup. `given` is an index that is known to have been given since, for a backup that more
 * was lost of than is left out, or that was restored before. The history is one event, so that it ends at the head like any other;
 * it is told to nobody. Its time is the backup's last: nothing that happens later may be earlier, whatever clock the machine has.
 * @throws TransferError where there are no indexes left
 */
export function restartOf({ clusterId, index: last, time }: Origin, given = 0): Restart {
  if (last > RESTARTED_MAX) {
    throw new TransferError(
      `The backup ends at index ${last}, and a restore begins ${RESTART_STEP} above that, which no index may be: carry it with 'etcdesk copy', which keeps the index, and have all who follow the desk read it anew.`,
    )
  }
  const index = Math.max(last, given) + RESTART_STEP
  const detail = encodeDetail({ asker: NOBODY, time }, RESTORED, { from: last })
  return {
    origin: { clusterId, index, time },
    events: [{ index, type: DESK_EVENT, key: 'desk', body: '{}', detail }],
  }
}
