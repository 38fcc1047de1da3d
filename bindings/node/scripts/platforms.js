// Packs what is published: a package for each platform, which has the binary only, and the package itself, which has none and
// depends on those. For a release; `node scripts/platforms.js [--some] <folder of binaries> <folder for tarballs>`. With `--some` it
// takes the binaries that are there, and otherwise all of them have to be.

import { execFileSync } from 'node:child_process'
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

/** By their names in `lib/platform.js`: what npm has to know to install one of them only. */
export const PLATFORMS = {
  'darwin-arm64': { os: 'darwin', cpu: 'arm64' },
  'darwin-x64': { os: 'darwin', cpu: 'x64' },
  'linux-arm64-gnu': { os: 'linux', cpu: 'arm64', libc: 'glibc' },
  'linux-arm64-musl': { os: 'linux', cpu: 'arm64', libc: 'musl' },
  'linux-x64-gnu': { os: 'linux', cpu: 'x64', libc: 'glibc' },
  'linux-x64-musl': { os: 'linux', cpu: 'x64', libc: 'musl' },
  'win32-arm64-msvc': { os: 'win32', cpu: 'arm64' },
  'win32-x64-msvc': { os: 'win32', cpu: 'x64' }
}

const folder = fileURLToPath(new URL('../', import.meta.url))
const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
/** npm wants to know where a package with a provenance comes from. GitHub tells its jobs. */
const { GITHUB_SERVER_URL, GITHUB_REPOSITORY } = process.env
if (GITHUB_REPOSITORY) {
  manifest.repository ??= { type: 'git', url: `git+${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}.git`, directory: 'bindings/node' }
}
const LICENCES = ['LICENSE-APACHE', 'LICENSE-MIT']

function pack(source, out) {
  const args = ['pack', '--ignore-scripts', '--pack-destination', out]
  // On Windows npm is a script for the shell.
  execFileSync('npm', args, { cwd: source, stdio: ['ignore', 'ignore', 'inherit'], shell: process.platform === 'win32' })
}

function writeJson(file, value) {
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`)
}

function packPlatform(name, binary, work, out) {
  const { os, cpu, libc } = PLATFORMS[name]
  const source = join(work, name)
  const { version, license, engines, repository } = manifest
  mkdirSync(source)
  const file = `tidings.${name}.node`
  writeJson(join(source, 'package.json'), {
    name: `@tidings/${name}`,
    version,
    description: `The native part of tidings for ${name}`,
    license,
    repository,
    main: file,
    files: [file, ...LICENCES],
    engines,
    os: [os],
    cpu: [cpu],
    ...(libc === undefined ? {} : { libc: [libc] })
  })
  writeFileSync(join(source, 'README.md'), `The native part of the package \`tidings\` for ${name}. Install that.\n`)
  for (const licence of LICENCES) copyFileSync(join(folder, '../..', licence), join(source, licence))
  copyFileSync(binary, join(source, file))
  pack(source, out)
}

function packMain(names, work, out) {
  const source = join(work, 'tidings')
  const script = (name, ...args) => execFileSync(process.execPath, [join(folder, 'scripts', name), ...args], { stdio: 'inherit' })
  script('bundle.js')
  script('vendor.js')
  try {
    for (const name of ['README.md', ...manifest.files]) {
      if (name.includes('*')) continue
      cpSync(join(folder, name), join(source, name), { recursive: true })
    }
    for (const licence of LICENCES) copyFileSync(join(folder, licence), join(source, licence))
  } finally {
    script('vendor.js', '--remove')
  }
  const optionalDependencies = Object.fromEntries(names.map(name => [`@tidings/${name}`, manifest.version]))
  // Nothing is to be built where it is installed, and nothing else is needed there.
  const { devDependencies, scripts, ...rest } = manifest
  writeJson(join(source, 'package.json'), { ...rest, optionalDependencies })
  pack(source, out)
}

function main() {
  const options = { some: { type: 'boolean', default: false } }
  const { values: { some }, positionals: [binaries, out] } = parseArgs({ options, allowPositionals: true })
  const fileOf = name => resolve(binaries, `tidings.${name}.node`)
  const names = Object.keys(PLATFORMS).filter(name => existsSync(fileOf(name)))
  const missing = Object.keys(PLATFORMS).filter(name => !names.includes(name))
  if (names.length === 0 || (missing.length > 0 && !some)) throw new Error(`there is no binary for ${missing.join(', ')}`)
  const work = mkdtempSync(join(tmpdir(), 'tidings-pack-'))
  try {
    mkdirSync(out, { recursive: true })
    for (const name of names) packPlatform(name, fileOf(name), work, resolve(out))
    packMain(names, work, resolve(out))
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main()
