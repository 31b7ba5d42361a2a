/** How `/v1` refuses: problem details as RFC 9457 has them, with our stable code and each fault of the request. */
import Type from 'typebox'
import type { Static } from 'typebox'
import { deskErrors, errorCodes, type ErrorCode } from './errors.js'

const detail = Type.String({ description: 'What is wrong and what to do, for people.' })

/** One fault of a request, and where it is. */
export const Fault = Type.Union([
  Type.Object(
    {
      pointer: Type.String({
        description: 'The place in the body, as a JSON pointer (RFC 6901); empty for all of it.',
      }),
      detail,
    },
    { additionalProperties: false },
  ),
  Type.Object(
    {
      parameter: Type.String({ description: 'The name of the parameter in the query.' }),
      detail,
      position: Type.Optional(
        Type.Integer({
          minimum: 1,
          description:
            'With `invalid_search`: which character of the search it begins at, counted from 1 in Unicode characters.',
        }),
      ),
      length: Type.Optional(
        Type.Integer({
          minimum: 1,
          description: 'With `position`: how many characters it has as it is written, quotes included.',
        }),
      ),
    },
    { additionalProperties: false },
  ),
])
export type Fault = Static<typeof Fault>

export const Problem = Type.Object(
  {
    type: Type.String({ description: 'A page that says more of the code.' }),
    title: Type.String({ description: 'What the code means; the same words each time.' }),
    status: Type.Integer({ description: 'The status of the answer.' }),
    detail,
    code: Type.Unsafe<ErrorCode>({ type: 'string', enum: errorCodes, description: 'Stable: programs may rely on it.' }),
    errors: Type.Array(Fault, { description: 'The faults of the request, where it is the request that is at fault.' }),
    current: Type.Optional(
      Type.Object(
        {},
        {
          description:
            'With `not_current`: the ticket as it stands. With `ref_taken`: the number of the ticket that has it.',
          additionalProperties: true,
        },
      ),
    ),
  },
  {
    $id: 'Problem',
    description: 'Why a request was refused (RFC 9457).',
    additionalProperties: false,
    examples: [
      {
        type: '/docs#invalid_body',
        title: 'A field of the body is missing, unknown or of the wrong kind',
        status: 400,
        detail: 'The field is not known here. Send the body without it.',
        code: 'invalid_body',
        errors: [{ pointer: '/colour', detail: 'The field is not known here. Send the body without it.' }],
      },
    ],
  },
)
export type Problem = Static<typeof Problem>

/** The problem of a code: what is wrong this time, and where. Its title is the table's sentence without the advice. */
export function problemOf(code: ErrorCode, detail: string, errors: readonly Fault[] = []): Problem {
  const { status, sentence } = deskErrors[code]
  const [title = sentence] = sentence.replace(/\.$/u, '').split('. ')
  return { type: `/docs#${code}`, title, status, detail, code, errors: [...errors] }
}
