// Makes one module of those in `lib`: to load them one by one takes two to three times as long. npm runs it with `prepare`, before
// the tests and for what is packed, so that all of these have what users get.

import { execFileSync } from 'node:child_process'
import { readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('../', import.meta.url))
const { devDependencies } = JSON.parse(readFileSync(`${folder}package.json`, 'utf8'))

// npm takes the one that is installed here. When the folder is installed elsewhere there is none, since that brings no
// devDependencies, and npm gets this version.
const esbuild = ['exec', '--yes', `--package=esbuild@${devDependencies.esbuild}`, '--', 'esbuild']
// It stays readable, for those who step into it: to minify it saves nothing that can be measured.
const options = ['--bundle', '--format=esm', '--platform=node', '--target=node20.19', '--log-level=warning', '--outfile=dist/index.js.new']
// On Windows npm is a script for the shell.
execFileSync('npm', [...esbuild, 'lib/index.js', ...options], { cwd: folder, stdio: 'inherit', shell: process.platform === 'win32' })

// esbuild makes a `var` of each `const` of a module, whose value V8 then cannot compile into what uses it: decoding takes 3 to 7 % longer.
// So what is no `let` in the sources becomes a `const` again. To assign to one would throw.
const sources = readdirSync(`${folder}lib`, { recursive: true }).filter(name => name.endsWith('.js'))
const variables = new Set(sources.flatMap(name => {
  const source = readFileSync(`${folder}lib/${name}`, 'utf8')
  return Array.from(source.matchAll(/^(?:export )?let (\w+)/gm), ([, variable]) => variable)
}))
const bundle = readFileSync(`${folder}dist/index.js.new`, 'utf8')
  .replaceAll(/^var (\w+|\{)/gm, (line, name) => variables.has(name) ? line : `const ${name}`)
// One that esbuild had to rename, because there is another of its name, would be among the constants.
const left = bundle.match(/^var /gm)?.length ?? 0
if (left !== variables.size) throw new Error(`${variables.size} variables in lib, ${left} in the bundle: give each a name of its own`)
writeFileSync(`${folder}dist/index.js.new`, bundle)
// Whoever reads the old one meanwhile, reads it whole.
renameSync(`${folder}dist/index.js.new`, `${folder}dist/index.js`)
