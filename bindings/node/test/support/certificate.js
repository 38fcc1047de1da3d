// A certificate for servers of tests.

import { generate } from 'selfsigned'

/** A key and a certificate for localhost, which is its own authority. */
export async function certificate() {
  const names = [{ name: 'commonName', value: 'localhost' }]
  const altNames = [{ type: 2, value: 'localhost' }]
  const { private: key, cert } = await generate(names, {
    keyType: 'ec', algorithm: 'sha256', extensions: [{ name: 'basicConstraints', cA: true }, { name: 'subjectAltName', altNames }]
  })
  return { key, cert }
}
