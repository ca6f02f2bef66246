// CAdES-BES around a content, with an external signature: first the attributes, which name the
// signer's certificate and whose hash gets signed, then the CMS (RFC 5652, RFC 5035).
import { createHash } from 'node:crypto'

const OIDS = {
  data: '06092a864886f70d010701',
  signedData: '06092a864886f70d010702',
  contentType: '06092a864886f70d010903',
  messageDigest: '06092a864886f70d010904',
  signingTime: '06092a864886f70d010905',
  signingCertificateV2: '060b2a864886f70d010910022f',
  sha256: '0609608648016503040201',
  rsa: '06092a864886f70d010101',
}
const oid = (name) => Buffer.from(OIDS[name], 'hex')
const sha256 = (bytes) => createHash('sha256').update(bytes).digest()

function element(tag, ...contents) {
  const content = Buffer.concat(contents)
  const size = content.length.toString(16)
  const length = Buffer.from(size.length % 2 ? `0${size}` : size, 'hex')
  const head = content.length < 128 ? [tag, content.length] : [tag, 128 | length.length, ...length]
  return Buffer.concat([Buffer.from(head), content])
}

const sequence = (...contents) => element(0x30, ...contents)
const octets = (bytes) => element(0x04, bytes)
// DER has the members of a set in order.
const set = (tag, members) => element(tag, ...members.toSorted(Buffer.compare))
const attribute = (name, value) => sequence(oid(name), element(0x31, value))
const algorithm = (name) => sequence(oid(name), element(0x05))
const time = (at) => element(0x17, Buffer.from(`${at.toISOString().replace(/[-:T]|\.\d+/g, '').slice(2)}`))

/** The elements inside an element. */
function inside(der) {
  const found = []
  for (let at = header(der, 0); at < der.length; ) {
    const end = at + header(der, at) + size(der, at)
    found.push(der.subarray(at, end))
    at = end
  }
  return found
}

const header = (der, at) => 2 + (der[at + 1] & 128 ? der[at + 1] & 127 : 0)
const size = (der, at) => (der[at + 1] & 128 ? der.readUIntBE(at + 2, der[at + 1] & 127) : der[at + 1])

/** `digest` is what the person signs; `finish(signature)` gives the CMS, the content inside. */
export function begin(content, certificate, above, at = new Date()) {
  const attributes = [
    attribute('contentType', oid('data')),
    attribute('messageDigest', octets(sha256(content))),
    attribute('signingTime', time(at)),
    // SHA-256 is the default of ESSCertIDv2, so the certificate's hash is all there is to say.
    attribute('signingCertificateV2', sequence(sequence(sequence(octets(sha256(certificate.raw)))))),
  ]
  const finish = (signature) => {
    const [, serial, , issuer] = inside(inside(certificate.raw)[0]) // after the version
    const signer = sequence(
      element(0x02, Buffer.of(1)),
      sequence(issuer, serial),
      algorithm('sha256'),
      set(0xa0, attributes),
      algorithm('rsa'),
      octets(signature),
    )
    const signedData = sequence(
      element(0x02, Buffer.of(1)),
      element(0x31, algorithm('sha256')),
      sequence(oid('data'), element(0xa0, octets(content))),
      set(0xa0, [certificate, ...above].map(({ raw }) => raw)),
      element(0x31, signer),
    )
    return sequence(oid('signedData'), element(0xa0, signedData))
  }
  return { digest: sha256(set(0x31, attributes)), finish }
}
