// The event streams that are decoded, in the shapes of `benches/src/corpora.rs`: generated, the same every time.

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const PRINTABLE = 'abcdefghijklmnopqrstuvwxyz     ABCDEFGHIJKLM0123456789.,:;(){}=-'
const ENGLISH = [
  ' the', ' of', ',', ' stream', ' a', '.', ' answer', ' is', ' to', ' and', ' chunks', 'ing', ' wonderfully', ' in',
  '\\n\\n', ' that', ' it', ' `data`', ' simple', ' one', ' tidings', ' \\"quoted\\"', 's', ' 42', ':'
]
const CHINESE = [
  '我们来看', '的时候', '，因此', '这个问题', '服务器发送事件', '数据流', '。\\n\\n首先', '可以说是', '在浏览器中', '一个',
  '重新连接', '消息', '不会丢失', '最后的事件编号', '每一行', '用换行符分隔', '非常简单', '然后', '客户端', '就是这样'
]

/** SplitMix64 in 32 bits is not worth it here: mulberry32 will do. */
function randomNumbers() {
  let state = 0x7469_6469
  return limit => {
    state = (state + 0x6d2b_79f5) | 0
    let z = Math.imul(state ^ (state >>> 15), state | 1)
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61)
    return ((z ^ (z >>> 14)) >>> 0) % limit
  }
}

function text(below, length, alphabet) {
  let text = ''
  while (text.length < length) {
    const letter = alphabet[below(64)]
    text += text === '' && letter === ' ' ? 'x' : letter
  }
  return text
}

function llm(below, tokens) {
  const data = '{"id":"chatcmpl-BZ7qkX2mVt4wLr9sYhGd1uPe8Nf3c","object":"chat.completion.chunk","created":1763640000,' +
    '"model":"gpt-5-mini-2026-08-07","service_tier":"default","system_fingerprint":"fp_3f58d112f7",' +
    `"choices":[{"index":0,"delta":{"content":"${tokens[below(tokens.length)]}"},"finish_reason":null}],` +
    `"obfuscation":"${text(below, 18 + below(17), BASE64)}"}`
  return `data: ${data}\n\n`
}

const KINDS = {
  llm: below => llm(below, ENGLISH),
  named: (below, number) => `event: tick\nid: ${1000 + number}\n` +
    `data: {"s":"TDGS","p":${((10_000 + below(90_000)) / 100).toFixed(2)},"v":${100 + below(900)},"x":"AS"}\n\n`,
  big: below => `data: ${text(below, 64 * 1024, BASE64)}\n\n`,
  multi: below => Array.from({ length: 20 }, () => `data: ${text(below, 60, PRINTABLE)}\n`).join('') + '\n',
  cjk: below => llm(below, CHINESE)
}

export const kinds = Object.keys(KINDS)

/** Whole events of this kind, at least `bytes` of them: a list with one `Buffer` for each. */
export function events(kind, bytes) {
  const [below, list] = [randomNumbers(), []]
  for (let length = 0, number = 0; length < bytes; number += 1) {
    const event = Buffer.from(KINDS[kind](below, number))
    list.push(event)
    length += event.length
  }
  return list
}

/** The events in chunks of `size` bytes, or one event to a chunk if `size` is `'event'`. Each chunk has memory of its own. */
export function chunks(list, size) {
  if (size === 'event') return list
  const whole = Buffer.concat(list)
  const result = []
  for (let at = 0; at < whole.length; at += size) result.push(Buffer.from(whole.subarray(at, at + size)))
  return result
}
