// `for await` over an event source.

const DONE = { done: true, value: undefined }

/** The events that are not taken yet. The driver has it, and the iterator, which may be forgotten. */
class Queue {
  size = 0
  #batches = []
  #at = 0
  #waiting = []
  #ended = false
  #error

  push(items) {
    let at = 0
    while (this.#waiting.length > 0 && at < items.length) {
      this.#waiting.shift().resolve({ done: false, value: items[at] })
      at += 1
    }
    if (at === items.length) return
    this.#batches.push(at === 0 ? items : items.slice(at))
    this.size += items.length - at
  }

  /** There is nothing behind what is there; after an error, that. */
  end(error) {
    this.#ended = true
    this.#error = error
    for (const { resolve, reject } of this.#waiting.splice(0)) this.#last(resolve, reject)
  }

  take() {
    if (this.size > 0) {
      const value = this.#batches[0][this.#at]
      this.#at += 1
      this.size -= 1
      if (this.#at === this.#batches[0].length) {
        this.#batches.shift()
        this.#at = 0
      }
      return Promise.resolve({ done: false, value })
    }
    return new Promise((resolve, reject) => {
      if (this.#ended) this.#last(resolve, reject)
      else this.#waiting.push({ resolve, reject })
    })
  }

  clear() {
    this.#batches = []
    this.#at = this.size = 0
  }

  /** An error is told once. */
  #last(resolve, reject) {
    const error = this.#error
    this.#error = undefined
    if (error === undefined) resolve(DONE)
    else reject(error)
  }
}

/** What was in the queue of an iterator that was forgotten does not keep anybody else waiting. */
const forgotten = new FinalizationRegistry(({ driver, queue }) => driver.remove(queue))

export class SourceEvents {
  #source
  #driver
  #queue = new Queue()

  constructor(source, driver) {
    this.#source = source
    this.#driver = driver
    driver.add(this.#queue)
    forgotten.register(this, { driver, queue: this.#queue })
  }

  [Symbol.asyncIterator]() {
    return this
  }

  next() {
    const event = this.#queue.take()
    if (this.#queue.size === 0) this.#driver.caughtUp()
    return event
  }

  async return(value) {
    this.#source.close()
    this.#queue.clear()
    this.#queue.end()
    return { done: true, value }
  }
}
