// Finds the native part, and has the memory that all decoders of a thread write their answers to.

import { platform } from './platform.js'

// Not imported: that would make all that `node:module` exports, and `node:fs` the streams of files, which nobody needs here.
const require = process.getBuiltinModule('node:module').createRequire(import.meta.url)

/** To ask which libc this is takes longer than everything else here, so both are tried. */
const guesses = process.platform === 'linux'
  ? [`linux-${process.arch}-gnu`, `linux-${process.arch}-musl`]
  : [platform()]

function load() {
  const causes = []
  for (const name of guesses) {
    // First what was built here, then the package for the platform.
    for (const path of [`../tidings.${name}.node`, `@tidings/${name}`]) {
      try {
        return require(path)
      } catch (error) {
        causes.push(error)
      }
    }
  }
  const { version } = require('../package.json')
  const error = new Error(
    `tidings has no binary for ${platform()}. Reinstall without the lock file's optional dependencies left out ` +
      `(npm install @tidings/${platform()}@${version}), or build it: install Rust (https://rustup.rs), then ` +
      'node node_modules/tidings/scripts/build.js',
    { cause: causes.find(cause => cause.code !== 'MODULE_NOT_FOUND') ?? causes[0] }
  )
  error.code = 'ERR_TIDINGS_NO_BINARY'
  throw error
}

export const native = load()

/** The word that is the result of a call. */
const RESULT = 3
/** The records of a call: see `src/table.rs`. */
export const words = new Uint32Array(8192)
/** Text that is not in the chunk, as Latin-1. */
export const scratch = Buffer.allocUnsafeSlow(64 * 1024)
const wideUnits = new Uint16Array(64 * 1024)
/** Text that needs UTF-16. */
export const wide = Buffer.from(wideUnits.buffer)
/** The strings that a call has made. Who uses one takes it out, so that nothing is kept alive. */
export let texts = []
const single = [undefined]

export function take(...strings) {
  texts = strings
}

/** The result of a call that has returned this. */
export function resultOf(text) {
  if (text !== undefined) {
    single[0] = text
    texts = single
  }
  return words[RESULT]
}

/** A function `(chunk, take, offset) → text`: see `src/raw.rs`. */
export function createDecode(options) {
  return native.createDecoder(words, scratch, wideUnits, { outline: false, notes: false, ...options })
}

/** The rules of an event source, and the function `(chunk, take, now) → text` that says what follows: see `src/source.rs`. */
export function createMachine(options) {
  const machine = new native.SourceMachine(options)
  return { machine, read: machine.reader(words, scratch, wideUnits) }
}
