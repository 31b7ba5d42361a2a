/** The cookie of a session. The prefix of the second keeps browsers from taking one of another path or domain; they ask for https then. */
export const SESSION_COOKIE = 'etcdesk_session'
export const SECURE_SESSION_COOKIE = '__Host-etcdesk_session'
