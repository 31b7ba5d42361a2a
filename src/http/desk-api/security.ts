/** What the OpenAPI document says of credentials: which there are, and which operations need one. */
import { SECURE_SESSION_COOKIE, SESSION_COOKIE } from '../session-cookie.js'

/** What a closed desk takes as a credential: any one of these. */
export const credentials: Record<string, string[]>[] = [{ token: [] }, { password: [] }, { session: [] }]

/** What an operation needs: one of the credentials on a closed desk, or nothing. */
export function securityOf(isPublic: boolean): readonly Readonly<Record<string, readonly string[]>>[] {
  return isPublic ? [] : credentials
}

/** How each of them is sent. */
export const securitySchemes = {
  token: {
    type: 'http',
    scheme: 'bearer',
    description: 'A token, `edk_…`. The handle of its user and the token as Basic is the same.',
  },
  password: { type: 'http', scheme: 'basic', description: 'Handle and password of a user.' },
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: SESSION_COOKIE,
    description: `The session of a browser, as \`POST /v1/sessions\` gives it; \`${SECURE_SESSION_COOKIE}\` over https. What changes anything needs the desk's own Origin with it.`,
  },
} as const
