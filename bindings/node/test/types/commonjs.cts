// CommonJS takes the same module with `require`.

import tidings = require('tidings')

const data: string | undefined = new tidings.Decoder().feed(Buffer.from('data: x\n\n'))[0]?.data

export = data
