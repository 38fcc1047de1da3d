// Whether anybody listens to an event source.

const { getEventListeners } = process.getBuiltinModule('node:events')

/** What was added, as far as it has to be known to ask Node what is left of it. It does not know the event source. */
export class Listeners {
  /** Whether one may be removed without a word: it was added with `once` or a signal. */
  isFleeting = false
  #types = new Set()

  add(type, options) {
    this.#types.add(`${type}`)
    if (options?.once || options?.signal !== undefined) this.isFleeting = true
  }

  some(target) {
    for (const type of this.#types) {
      if (getEventListeners(target, type).length > 0) return true
      this.#types.delete(type)
    }
    return false
  }
}
