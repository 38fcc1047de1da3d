// The Node package beside eventsource-parser, eventsource and better-sse: `cargo xtask bench node`.
// `docs/design/0011-node.md` says what takes the time, and why bars are not reached.

import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { kinds } from './corpora.js'

const PEER = 'eventsource-parser'
const SIZES = ['16384', '1024', 'event']
/** Quotients that are to be reached, on Node 20 and on newer ones; those for each size in its order. */
const OLD = { llm: [2.8, 2.5, 1.8], named: [2, 2, 1.15], big: [4, 2.8, 6], multi: [3, 3.5, 3.5], cjk: [1.8, 2.2, 1.8] }
const NEW = [1.2, 1.5, 1.2]

const root = fileURLToPath(new URL('../../../', import.meta.url))
const { values: options } = parseArgs({
  options: {
    reps: { type: 'string', default: '9' },
    case: { type: 'string', default: '' },
    quick: { type: 'boolean', default: false },
    json: { type: 'string', default: `${root}target/bench/node.json` },
    help: { type: 'boolean', default: false }
  }
})
if (options.help) {
  console.log('--reps N (9), --case SUBSTR of "mode kind size", --json PATH, --quick: one tiny repetition that only checks results')
  process.exit()
}
const reps = options.quick ? 1 : Number(options.reps)
const bytes = (options.quick ? 1 : 8) * 2 ** 20

/** This Node, and the newer one that the lock file pins. */
function nodes() {
  const require = createRequire(import.meta.url)
  const found = [process.execPath]
  try {
    const manifest = require.resolve(`node-${process.platform}-${process.arch}/package.json`)
    found.push(`${dirname(manifest)}/bin/node`)
  } catch {
    console.log('no newer Node for this platform: only this one is measured')
  }
  return found.map(path => ({ path, version: run(path, ['--version']).trim() }))
}

function run(path, args) {
  return execFileSync(path, args, { encoding: 'utf8', maxBuffer: 2 ** 26 })
}

function median(list) {
  const sorted = list.toSorted((one, other) => one - other)
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2
}

function bar(mode, kind, size, version) {
  if (mode === 'stream') return 3
  const old = /^v2[0-3]\./.test(version)
  if (mode === 'json') return old ? 1.2 : 1
  const at = SIZES.indexOf(size)
  return old ? OLD[kind][at] : NEW[at]
}

function* cases() {
  for (const kind of kinds) for (const size of SIZES) yield ['length', kind, size]
  for (const kind of ['llm', 'named', 'cjk']) for (const size of SIZES) yield ['json', kind, size]
  for (const kind of ['llm', 'named']) for (const size of SIZES.slice(0, 2)) yield ['stream', kind, size]
}

/** Serving: mode, events in a turn, clients. What is sent one by one is mostly the kernel's work. */
const SERVING = [['push', 1, 1], ['push', 100, 1], ['hub', 1, 1000], ['hub', 10, 1000]]
const SERVING_BAR = 3

const serve = fileURLToPath(new URL('serve.js', import.meta.url))
const measure = fileURLToPath(new URL('measure.js', import.meta.url))
const source = fileURLToPath(new URL('source.js', import.meta.url))
const results = []
console.log(`${cpus()[0].model}, ${cpus().length} cores; medians of ${reps} interleaved repetitions, MiB/s; peer: ${PEER} 4.1.3`)
const found = nodes()
for (const { path, version } of found) {
  console.log(`\n${version.padEnd(24)} ${'peer'.padStart(8)} ${'tidings'.padStart(8)} ${'÷ peer'.padStart(7)} bar            createParser`)
  for (const one of cases()) {
    if (!one.join(' ').includes(options.case)) continue
    const result = JSON.parse(run(path, [measure, ...one, reps, bytes].map(String)))
    const quotient = name => median(result.figures[name].map((figure, at) => figure / result.figures[PEER][at]))
    const wanted = bar(...one, version)
    const ratio = quotient('tidings')
    const other = result.figures['tidings createParser'] === undefined ? '' : quotient('tidings createParser').toFixed(2)
    console.log(
      `  ${one.join(' ').padEnd(22)} ${median(result.figures[PEER]).toFixed(0).padStart(8)} ` +
        `${median(result.figures.tidings).toFixed(0).padStart(8)} ${ratio.toFixed(2).padStart(7)} ≥ ${wanted.toFixed(2)} ` +
        `${options.quick ? '' : ratio >= wanted ? 'OK ' : 'LOW'}`.padEnd(9) + other.padStart(7)
    )
    results.push({ version, ...result, quotient: ratio, bar: wanted })
  }
  console.log('  events to clients, in thousands for each second of processor time; peer: better-sse 0.16.1')
  for (const [mode, burst, most] of SERVING) {
    const clients = options.quick ? Math.min(most, 20) : most
    const name = `${mode} ${burst} to ${clients}`
    if (!name.includes(options.case)) continue
    const turns = options.quick ? 5 : Math.ceil(100_000 / clients / burst)
    const result = JSON.parse(run(path, [serve, mode, burst, clients, reps, turns].map(String)))
    const { tidings, 'better-sse': peer, floor } = result.figures
    const ofFloor = list => median(floor.map((figure, at) => figure / list[at])).toFixed(2)
    const ratio = median(tidings.map((figure, at) => figure / peer[at]))
    console.log(
      `  ${name.padEnd(22)} ${median(peer).toFixed(0).padStart(8)} ${median(tidings).toFixed(0).padStart(8)} ` +
        `${ratio.toFixed(2).padStart(7)} ≥ ${SERVING_BAR.toFixed(2)} ${options.quick ? '' : ratio >= SERVING_BAR ? 'OK ' : 'LOW'}  ` +
        `plain Node ${median(floor).toFixed(0)}: ${ofFloor(peer)} of the peer, ${ofFloor(tidings)} of tidings`
    )
    results.push({ version, ...result, quotient: ratio, bar: SERVING_BAR })
  }
}

/** EventSource beside its peers, in thousands of events a second. Node's own is that of undici. */
function sources({ path, version }) {
  console.log(`\n${version.padEnd(24)} eventsource     node  tidings    fetch alone   ÷ eventsource ≥ 1   ÷ node ≥ 2`)
  for (const kind of ['llm', 'named']) {
    for (const size of [SIZES[0], SIZES[2]]) {
      const name = `EventSource ${kind} ${size}`
      if (!name.includes(options.case)) continue
      const args = ['--experimental-eventsource', '--no-warnings', source, kind, size, reps, bytes].map(String)
      const result = JSON.parse(run(path, args))
      const shown = name => (median(result.figures[name]) / 1000).toFixed(0)
      const quotient = name => median(result.figures.tidings.map((figure, at) => figure / result.figures[name][at]))
      const [one, two] = [quotient('eventsource'), quotient('node')]
      console.log(
        `  ${name.padEnd(22)} ${shown('eventsource').padStart(11)} ${shown('node').padStart(8)} ${shown('tidings').padStart(8)} ` +
          `${shown('fetch').padStart(14)} ${one.toFixed(2).padStart(15)} ${two.toFixed(2).padStart(16)}`
      )
      results.push({ version, ...result, quotient: one, quotientNode: two })
    }
  }
}

for (const node of found) sources(node)

/** The time to import the package, its peers, and an empty module, in ms. */
function imports({ path, version }) {
  const names = { tidings: new URL('../dist/index.js', import.meta.url).href, 'an empty module': 'data:text/javascript,' }
  for (const name of [PEER, 'eventsource', 'better-sse']) names[name] = import.meta.resolve(name)
  const times = Object.fromEntries(Object.keys(names).map(name => [name, []]))
  for (let round = 0; round < reps; round += 1) {
    for (const [name, url] of Object.entries(names)) {
      const code = `const s = performance.now(); await import('${url}'); console.log(performance.now() - s)`
      times[name].push(Number(run(path, ['--input-type=module', '--eval', code])))
    }
  }
  const [own, ...others] = Object.entries(times).map(([name, list]) => `${name} ${median(list).toFixed(1)}`)
  console.log(`\n${version.padEnd(24)} ms to import ${own} ≤ 15; ${others.join(', ')}`)
  results.push({ version, import: times })
}

if ('import'.includes(options.case)) for (const node of found) imports(node)

const folder = fileURLToPath(new URL('../', import.meta.url))
const binary = statSync(`${folder}${readdirSync(folder).find(name => name.endsWith('.node'))}`).size
console.log(`\nbinary ${(binary / 2 ** 20).toFixed(2)} MiB ≤ 1.5`)
results.push({ binary })

mkdirSync(dirname(options.json), { recursive: true })
writeFileSync(options.json, `${JSON.stringify(results, null, 1)}\n`)
console.log(`written: ${options.json}`)
