// Puts what Cargo needs into `rust`, so that a packed tarball can be built without this repository, and beside it the licences, and the
// pages for Node into `docs`.
// npm runs it as `prepack`, and as `postpack` with `--remove`.

import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'

const folder = new URL('../', import.meta.url)
const rust = new URL('rust/', folder)
const crates = new URL('../../crates/', folder)
const docs = new URL('docs/', folder)
/** What is for Node of the pages there. */
const PAGES = ['node.md', 'node-event-source.md', 'node']
/** What `Cargo.toml` has from there. */
const PARTS = ['tidings-codec', 'tidings-client', 'tidings-hub']

/** The manifest of a crate takes much of itself from the workspace. This is what it comes to, less what only its tests need. */
function standalone(crate) {
  const json = execFileSync('cargo', ['metadata', '--format-version', '1', '--no-deps'], { cwd: crates, encoding: 'utf8' })
  const found = JSON.parse(json).packages.find(({ name }) => name === crate)
  const value = JSON.stringify // the values of JSON that are used here are TOML too
  const lines = ['[package]']
  for (const key of ['name', 'version', 'edition', 'rust_version', 'license']) {
    lines.push(`${key.replace('_', '-')} = ${value(found[key])}`)
  }
  lines.push('[features]', ...Object.entries(found.features).map(([name, parts]) => `${name} = ${value(parts)}`))
  for (const { name, req, kind, optional, uses_default_features: defaults, features } of found.dependencies) {
    if (kind !== null) continue
    const from = PARTS.includes(name) ? `path = ${value(`../${name}`)}` : `version = ${value(req)}`
    lines.push(`[dependencies.${name}]`, from, `optional = ${optional}`)
    lines.push(`default-features = ${defaults}`, `features = ${value(features)}`)
  }
  return `${lines.join('\n')}\n`
}

const licences = ['LICENSE-APACHE', 'LICENSE-MIT']

for (const made of [rust, docs]) rmSync(made, { recursive: true, force: true })
for (const name of licences) rmSync(new URL(name, folder), { force: true })
if (!process.argv.includes('--remove')) {
  mkdirSync(rust, { recursive: true })
  for (const name of ['build.rs', 'Cargo.lock', 'src']) cpSync(new URL(name, folder), new URL(name, rust), { recursive: true })
  const manifest = readFileSync(new URL('Cargo.toml', folder), 'utf8')
  // Inside the folder they would be members, and the lock file would have to know what only their other features need.
  const vendored = manifest.replaceAll('../../crates/', '')
    .replace('[workspace]\n', `[workspace]\nexclude = ${JSON.stringify(PARTS)}\n`)
  writeFileSync(new URL('Cargo.toml', rust), vendored)
  for (const crate of PARTS) {
    cpSync(new URL(`${crate}/src`, crates), new URL(`${crate}/src`, rust), { recursive: true })
    // What the documentation includes.
    cpSync(new URL(`${crate}/README.md`, crates), new URL(`${crate}/README.md`, rust))
    writeFileSync(new URL(`${crate}/Cargo.toml`, rust), standalone(crate))
  }
  for (const name of PAGES) cpSync(new URL(`../../docs/${name}`, folder), new URL(name, docs), { recursive: true })
  for (const name of licences) cpSync(new URL(`../../${name}`, folder), new URL(name, folder))
}
