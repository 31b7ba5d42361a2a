/** The form that a sign-in link opens, in a real browser. */
import type { Page } from 'playwright-core'

/** Types the password that a sign-in link sets, as often as it asks for it. */
export async function fillNewPassword(page: Page, password: string): Promise<void> {
  for (const name of ['password', 'again']) await page.fill(`input[name=${name}]`, password)
}
