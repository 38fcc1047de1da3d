// Builds the native part with Cargo. npm runs this as `prepare`, for a checkout and what is packed from one, and never when the
// package is installed from a registry. Who has no binary from there runs it by hand.

import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, renameSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

import { platform } from '../lib/platform.js'

const folder = new URL('../', import.meta.url)
const binary = fileURLToPath(new URL(`tidings.${platform()}.node`, folder))

/** In a checkout the codec is next door; a tarball has it in `rust`. */
const manifest = ['Cargo.toml', 'rust/Cargo.toml'].map(path => fileURLToPath(new URL(path, folder))).find(existsSync)

function fail(message) {
  console.error(`tidings: ${message}`)
  process.exit(1)
}

function hasBinary() {
  try {
    createRequire(import.meta.url).resolve(`@tidings/${platform()}`)
    return true
  } catch {
    return existsSync(binary)
  }
}

if (manifest === undefined) fail('there is nothing to build here')
const cargo = spawnSync(
  'cargo',
  ['build', '--release', '--locked', '--message-format', 'json-render-diagnostics', '--manifest-path', manifest],
  { encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'inherit'] }
)
if (cargo.error !== undefined) {
  if (!hasBinary()) fail(`cargo is missing (${cargo.error.message}): install Rust from https://rustup.rs`)
  console.warn('tidings: cargo is missing; the binary that is there is used as it is')
  process.exit()
}
if (cargo.status !== 0) fail(`cargo build: exit status ${cargo.status}`)
const artifact = cargo.stdout.split('\n').filter(line => line.startsWith('{')).map(line => JSON.parse(line))
  .find(({ reason, target }) => reason === 'compiler-artifact' && target.name === 'tidings_node')
// Whoever has the file open keeps the old one.
copyFileSync(artifact.filenames[0], `${binary}.new`)
renameSync(`${binary}.new`, binary)
