// A browser.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

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
    await remove(folder)
  })
  return exit.then(([code]) => assert.fail(`chromium ended with ${code}`))
}

/** Removes the folder of a browser whose other processes may end a little after it: they write until then. */
async function remove(folder) {
  for (let tries = 1; ; tries += 1) {
    try {
      return await rm(folder, { recursive: true, force: true })
    } catch (error) {
      if (error.code !== 'ENOTEMPTY' || tries === 200) {
        throw error
      }
    }
    await setTimeout(50)
  }
}
