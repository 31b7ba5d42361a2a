/** The shape in which the lab's paths and the desk's service refuse. */
import Type from 'typebox'
import type { Static } from 'typebox'
import { errorCodes, type ErrorCode } from './errors.js'

/** The body of every refusal, except where the lab that the ticket API comes from has words of its own. */
export const ErrorBody = Type.Object(
  {
    code: Type.Unsafe<ErrorCode>({ type: 'string', enum: errorCodes, description: 'Stable: programs may rely on it.' }),
    msg: Type.String({ description: 'What is wrong and what to do, for people.' }),
  },
  { $id: 'Error', description: 'Why a request was refused.', additionalProperties: false },
)
export type ErrorBody = Static<typeof ErrorBody>
