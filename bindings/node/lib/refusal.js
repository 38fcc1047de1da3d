// What a server says instead of events.

/** How much of it is kept, in bytes, and how long it may take, in milliseconds. */
const MOST = 64 * 1024
const TIME = 5000

/** The beginning of a body, as far as it comes in time. */
export async function refusalOf(chunks) {
  const decoder = new TextDecoder()
  let room = MOST
  let text = ''
  let timer
  const late = new Promise(resolve => {
    timer = setTimeout(resolve, TIME, { done: true }).unref()
  })
  try {
    while (room > 0) {
      const { done, value } = await Promise.race([chunks.next(), late])
      if (done) break
      text += decoder.decode(value.subarray(0, room), { stream: true })
      room -= value.length
    }
  } catch {
    // What came is better than nothing.
  }
  clearTimeout(timer)
  return text + decoder.decode()
}
