// The package as it is installed, where there is nothing else.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { platform } from '../lib/platform.js'
import { PLATFORMS } from '../scripts/platforms.js'

const folder = fileURLToPath(new URL('../', import.meta.url))
/** What is compiled already, other than of this repository, is not compiled again. */
const CARGO_TARGET_DIR = process.env.CARGO_TARGET_DIR ?? join(folder, 'target')
const BINARY = `tidings.${platform()}.node`

function run(program, args, cwd, env = {}) {
  return execFileSync(program, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, ...env } })
}

function emptyProject(t) {
  const project = mkdtempSync(join(tmpdir(), 'tidings-'))
  t.after(() => rmSync(project, { recursive: true, force: true }))
  writeFileSync(join(project, 'package.json'), '{}')
  return project
}

function install(project, ...args) {
  run('npm', ['install', '--no-audit', '--no-fund', ...args], project, { CARGO_TARGET_DIR })
}

/** What a clone of this repository would have. It is in the same place each time, so that Cargo knows it again. */
function clone() {
  const [root, copy] = [join(folder, '../..'), join(CARGO_TARGET_DIR, 'clone')]
  rmSync(copy, { recursive: true, force: true })
  const files = run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], root).split('\0')
  for (const file of files) {
    const from = join(root, file)
    if (file !== '' && existsSync(from)) cpSync(from, join(copy, file), { preserveTimestamps: true })
  }
  return join(copy, 'bindings/node')
}

/** Uses what is installed from both kinds of modules. */
function use(project) {
  const code = "console.log(new Decoder().feed(Buffer.from('data: x\\n\\n'))[0].data, new Hub().publish('a', 'b').isNew)"
  writeFileSync(join(project, 'a.mjs'), `import { Decoder, Hub } from 'tidings'\n${code}`)
  writeFileSync(join(project, 'b.cjs'), `const { Decoder, Hub } = require('tidings')\n${code}`)
  for (const file of ['a.mjs', 'b.cjs']) assert.equal(run(process.execPath, [file], project), 'x true\n')
  return join(project, 'node_modules/tidings')
}

/** Each page that README.md links is there. */
function assertPages(installed) {
  const linked = readFileSync(join(installed, 'README.md'), 'utf8').matchAll(/\]\(\.\.\/\.\.\/(docs\/[^)#]+)/g)
  const pages = new Set(Array.from(linked, ([, page]) => page))
  assert.ok(pages.size >= 3)
  for (const page of pages) assert.ok(existsSync(join(installed, page)), page)
}

test('the packed package is installed without a script, and can build its binary', t => {
  const project = emptyProject(t)
  run('npm', ['pack', '--pack-destination', project], folder)
  const tarball = readdirSync(project).find(name => name.endsWith('.tgz'))
  install(project, '--ignore-scripts', `./${tarball}`)
  const installed = use(project)
  assert.deepEqual(readdirSync(join(installed, 'dist')), ['index.js'])
  assertPages(installed)
  rmSync(join(installed, BINARY))
  run(process.execPath, [join(installed, 'scripts/build.js')], project, { CARGO_TARGET_DIR })
  assert.ok(existsSync(join(installed, BINARY)))
  use(project)
})

test('a clone is installed with one command, and built by it', t => {
  const project = emptyProject(t)
  const cloned = clone()
  const built = () => ['dist', 'node_modules', BINARY].filter(name => existsSync(join(cloned, name)))
  assert.deepEqual(built(), [])
  install(project, cloned)
  assert.deepEqual(built(), ['dist', BINARY])
  use(project)
})

test('without a binary, an error that says what to do', t => {
  const project = emptyProject(t)
  const installed = join(project, 'node_modules/tidings')
  for (const path of ['dist', 'package.json']) cpSync(join(folder, path), join(installed, path), { recursive: true })
  writeFileSync(join(project, 'a.mjs'), "import('tidings').catch(({ code, message, cause }) => console.log(code, message, cause.code))")
  const said = run(process.execPath, ['a.mjs'], project)
  assert.match(said, /^ERR_TIDINGS_NO_BINARY .*scripts\/build\.js MODULE_NOT_FOUND$/m)
  assert.ok(said.includes(`npm install @tidings/${platform()}@`))
})

test('what is published has its binary in a package for the platform', t => {
  const project = emptyProject(t)
  const own = platform()
  const job = { GITHUB_SERVER_URL: 'https://example.com', GITHUB_REPOSITORY: 'somebody/tidings' }
  run(process.execPath, ['scripts/platforms.js', '--some', '.', join(project, 'packed')], folder, job)
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const [main, part] = [`tidings-${version}.tgz`, `tidings-${own}-${version}.tgz`]
  assert.deepEqual(readdirSync(join(project, 'packed')).sort(), [main, part].sort())
  install(project, '--offline', `./packed/${part}`, `./packed/${main}`)
  const installed = use(project)
  assert.ok(!readdirSync(installed).some(name => name.endsWith('.node')), 'the package itself has none')
  assert.ok(existsSync(join(project, 'node_modules/@tidings', own, `tidings.${own}.node`)))
  const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))
  assert.deepEqual(manifest.optionalDependencies, { [`@tidings/${own}`]: version })
  assert.equal(manifest.scripts, undefined)
  assertPages(installed)
  const of = JSON.parse(readFileSync(join(project, 'node_modules/@tidings', own, 'package.json'), 'utf8'))
  for (const { repository } of [manifest, of]) assert.equal(repository.url, 'git+https://example.com/somebody/tidings.git')
})

test('a release needs all platforms, and each has a name that the loader knows', t => {
  const project = emptyProject(t)
  assert.throws(() => run(process.execPath, ['scripts/platforms.js', '.', project], folder))
  for (const [name, { os, cpu, libc }] of Object.entries(PLATFORMS)) {
    const end = { glibc: '-gnu', musl: '-musl' }[libc] ?? (os === 'win32' ? '-msvc' : '')
    assert.equal(name, `${os}-${cpu}${end}`)
  }
  assert.ok(Object.hasOwn(PLATFORMS, platform()))
})

test('the release builds each platform', () => {
  const workflow = readFileSync(join(folder, '../../.github/workflows/release-node.yml'), 'utf8')
  const built = Array.from(workflow.matchAll(/platform: ([\w-]+)/g), ([, name]) => name)
  assert.deepEqual(built.sort(), Object.keys(PLATFORMS))
})
