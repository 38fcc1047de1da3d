// The packed package, installed where there is nothing else.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('../', import.meta.url))

test('the packed package is installed without a script and used from both kinds of modules', t => {
  const project = mkdtempSync(join(tmpdir(), 'tidings-'))
  t.after(() => rmSync(project, { recursive: true, force: true }))
  const run = (program, args, cwd) => execFileSync(program, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  run('npm', ['pack', '--pack-destination', project], folder)
  const [tarball] = readdirSync(project)
  writeFileSync(join(project, 'package.json'), '{}')
  run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', `./${tarball}`], project)
  const code = "new Decoder().feed(Buffer.from('data: x\\n\\n'))[0].data"
  writeFileSync(join(project, 'a.mjs'), `import { Decoder } from 'tidings'\nconsole.log(${code})`)
  writeFileSync(join(project, 'b.cjs'), `const { Decoder } = require('tidings')\nconsole.log(${code})`)
  for (const file of ['a.mjs', 'b.cjs']) assert.equal(run(process.execPath, [file], project), 'x\n')
  const installed = join(project, 'node_modules/tidings')
  for (const path of ['rust/tidings-codec/src', 'rust/src', 'scripts']) assert.ok(readdirSync(join(installed, path)).length > 0)
})
