// A browser.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** No window, no sandbox, since that needs rights that containers do not have, and no talk with the rest of the world. */
const OPTIONS = [
  '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking',
  '--disable-component-update', '--disable-default-apps', '--disable-extensions', '--disable-sync', '--no-default-browser-check',
  '--no-first-run', '--no-proxy-server', '--password-store=basic'
]

/** Opens a page in a browser that has never been used, and closes it after the test. What is returned fails if it ends before. */
export function openPage(t, url) {
  const folder = mkdtempSync(join(tmpdir(), 'tidings-'))
  const chromium = spawn('chromium', [...OPTIONS, `--user-data-dir=${join(folder, 'profile')}`, url], { stdio: 'ignore' })
  const exit = once(chromium, 'exit')
  t.after(async () => {
    chromium.kill()
    await exit.catch(() => {})
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
  })
  return exit.then(([code]) => assert.fail(`chromium ended with ${code}`))
}
