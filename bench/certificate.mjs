import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Makes a certificate for MAPI's name that only this run trusts. */
export const makeCertificate = async (folder) => {
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')]
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  const name = ['-subj', '/CN=mapi.fbot.me', '-addext', 'subjectAltName=DNS:mapi.fbot.me']
  try {
    await promisify(execFile)('openssl', [
      'req',
      '-x509',
      ...curve,
      ...name,
      '-keyout',
      key,
      '-out',
      certificate
    ])
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
    throw new Error('openssl is missing: the bench makes the certificate of its MAPI with it.', {
      cause: error
    })
  }
  return { key, certificate }
}
