// @ts-check
/** The Chromium of the tests, the bench and the pictures: Debian's, without what a person's browser loads for itself. */
import { chromium } from 'playwright-core'

/**
 * Playwright's own list is replaced by this one, as the last switch counts: so it names again what of that matters here (requests of the
 * browser's own, and pages held back until something is painted). `WebUIOmnibox…` are pages of Chromium's own behind the address bar of each
 * window: megabytes of script that nobody sees, beside the page that is looked at.
 */
const switchedOff = [
  'WebUIOmniboxPopup',
  'WebUIOmniboxAimPopup',
  'WebUIOmniboxFullPopup',
  'AimEnabled',
  'PreconnectToSearch',
  'OptimizationHints',
  'NetworkTimeServiceQuerying',
  'MediaRouter',
  'LensOverlay',
  'HttpsUpgrades',
  'HttpsFirstBalancedModeAutoEnable',
  'PaintHolding',
  'ThirdPartyStoragePartitioning',
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'DestroyProfileOnBrowserClose',
]

/**
 * Starts it, without a window.
 * @param {string} executablePath
 * @param {readonly string[]} [more] Switches for this one alone.
 */
export function launchChromium(executablePath, more = []) {
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-dev-shm-usage',
      '--disable-background-networking',
      `--disable-features=${switchedOff.join(',')}`,
      ...more,
    ],
  })
}
