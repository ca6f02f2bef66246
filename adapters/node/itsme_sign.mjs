// A client of itsme Sign in plain Node, as an adapter: identify, hash, have it signed, verify.
//
// No public client of this interface exists, so this one is written to be copied: take everything
// but the last three lines. It signs hashes; what the data to be signed is made of (PAdES, XAdES,
// CAdES) is up to the caller, who passes `content` to have a CAdES signature made in cades.mjs.
import { randomBytes, randomUUID, publicDecrypt, constants, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { begin as beginCades } from './cades.mjs'
import { serve } from './sign_lines.mjs'

const SHA256 = 'http://www.w3.org/2001/04/xmlenc#sha256'
const PENDING = 'urn:oasis:names:tc:dss:1.0:profiles:asynchronousprocessing:resultmajor:Pending'
const SUCCESS = 'urn:oasis:names:tc:dss:1.0:resultmajor:Success'
const ERROR = /^urn:oasis:names:tc:dss:1\.0:resultmajor:(Requester|Responder)Error$/
const DIGEST_INFO = Buffer.from('3031300d060960864801650304020105000420', 'hex') // of SHA-256
const GENERIC_POLICY = /^1\.3\.6\.1\.4\.1\.49274\.1\.1\.7(\.\d+)+$/
const LANGUAGES = ['en', 'fr', 'nl', 'de']
const CONTEXT = 'scaContext' // our own parameter: itsme keeps it, and has none of its own for this
const KINDS = {
  NOT_ALLOWED_TO_SIGN: 'not_allowed',
  SIGNATURE_NOT_ALLOWED: 'not_allowed', // its name in the swagger
  REJECTED: 'user_rejected',
  EXPIRED: 'user_expired',
}

class Refused extends Error {
  constructor(kind, detail) {
    super(detail)
    this.kind = kind
  }
}

function need(condition, detail, kind = 'malformed') {
  if (!condition) throw new Refused(kind, detail)
}

const isText = (value) => typeof value === 'string' && value !== ''
const isAddress = (value) => isText(value) && /^https?:\/\/[^/]/i.test(value) && URL.canParse(value)

export class ItsmeSign {
  #sessions = new Map()

  constructor(settings, caFile) {
    this.settings = settings
    this.us = { partnerCode: settings.partner_code, serviceCode: settings.service_code }
    // Our registered certificate goes with every call, and one CA is trusted.
    this.agent = new Agent({
      ca: readFileSync(caFile),
      cert: readFileSync(settings.client_certificate_file),
      key: readFileSync(settings.client_key_file),
    })
  }

  /** Opens an identification session; gives a name for ours, and where the browser goes. */
  async start({ documents, lang, description, signer_role, user_code, sign_policy, commitment_type }) {
    checkDocuments(documents)
    const texts = { description: fitted(description, 255, isLatin9), role: fitted(signer_role, 50, isLatin1) }
    const offer = await this.#answer('GET', '/.well-known/configuration')
    const session = { documents, texts, ...choices(offer, lang, sign_policy, commitment_type), contexts: [] }
    const needsPolicy = texts.role || session.commitment
    need(session.policy || !needsPolicy, 'no policy that a role or commitment goes with')
    const answer = await this.#answer('POST', '/user_identification', {
      ...this.us,
      redirectUrl: this.settings.redirect_url,
      lang: session.lang,
      ...(user_code && { userCode: user_code }),
    })
    needOk(answer)
    need(isText(answer.asyncRespID ?? answer.asyncRespId), 'no asyncRespID')
    need(isAddress(answer.identificationUrl), 'no identificationUrl')
    session.identificationId = answer.asyncRespID ?? answer.asyncRespId // the swagger's spelling
    session.step = () => this.#identified(session)
    const name = randomBytes(18).toString('base64url')
    this.#sessions.set(name, session)
    return { session: name, redirect: leaveFor(session, answer.identificationUrl) }
  }

  /** Asks how a session stands, now that the browser is back: coming back proves nothing. */
  resume(name, returnedTo) {
    const session = this.#sessions.get(name)
    need(session, 'there is no such session')
    const turn = (session.turn ?? Promise.resolve()).then(() => this.#resume(session, returnedTo))
    session.turn = turn.catch(() => {}) // who reloads the page waits for the first answer
    return turn
  }

  async #resume(session, returnedTo) {
    const current = session.contexts.at(-1)
    const told = URL.canParse(returnedTo) ? new URL(returnedTo).searchParams.getAll(CONTEXT) : []
    const context = told.length === 0 ? current : told[0]
    need(told.length < 2 && session.contexts.includes(context), 'the browser came back to another session')
    if (session.refusal) throw session.refusal
    if (session.result) return session.result
    if (context !== current) return { redirect: session.redirect } // an earlier page, loaded again
    try {
      return (await session.step()) ?? { pending: true }
    } catch (error) {
      // A question that got no answer may be asked again; every other failure is the end.
      if (error.kind !== 'transport' || session.starting) session.refusal = error
      throw error
    }
  }

  /** Who was identified? Then hash, and open the sign session. */
  async #identified(session) {
    const answer = await this.#answer('POST', '/user_identification/status', {
      ...this.us,
      asyncRespID: session.identificationId,
    })
    if (!answer) return undefined
    needOk(answer)
    need(isText(answer.userCode), 'no userCode')
    session.userCode = answer.userCode
    Object.assign(session, signer(answer))
    session.starting = true // from here on nothing is repeated
    session.signed = session.documents.map((document) => toBeSigned(document, session))

    const { description, role } = session.texts
    const body = {
      inDocs: { docHash: session.signed.map(({ id, value }) => ({ id, di: [{ alg: SHA256, value }] })) },
      reqID: randomUUID(),
      asyncRespID: null, // a new session
      optInp: {
        lang: session.lang,
        itsme: {
          signer: { userCode: session.userCode },
          ...this.us,
          redirectUrl: this.settings.redirect_url,
          ...(description && { description }),
          ...(session.policy && {
            signPolicy: {
              signPolicyRef: session.policy,
              ...(session.commitment && { commitmentTypeRef: session.commitment }),
              ...(role && { signerRole: role }),
            },
          }),
        },
      },
    }
    const started = await this.#answer('POST', '/sign_document', body)
    need(major(started) === PENDING, 'a sign session cannot have ended before it began')
    need(started.reqID === body.reqID, 'the answer is to another request')
    need(isText(started.respID), 'no respID')
    const { signingUrl, userCode = session.userCode } = started.optOutp?.itsme ?? {}
    need(isAddress(signingUrl), 'no signingUrl')
    need(userCode === session.userCode, "the sign session is another person's")
    session.signingId = started.respID
    session.starting = false
    session.step = () => this.#signed(session)
    return { redirect: leaveFor(session, signingUrl) }
  }

  /** Are there signatures? Then verify each of them, and only then say so. */
  async #signed(session) {
    const answer = await this.#answer('POST', '/sign_document', {
      inDocs: null,
      reqID: randomUUID(),
      asyncRespID: session.signingId,
      optInp: { itsme: this.us },
    })
    need((answer.respID ?? session.signingId) === session.signingId, 'the answer is about another session')
    if (major(answer) === PENDING) return undefined
    const found = matched(answer.sigObj, session.signed)
    for (const { id, value } of session.signed) {
      const right = verifies(found.get(id), Buffer.from(value, 'base64'), session.certificate)
      need(right, 'a signature does not verify', 'invalid_signature')
    }
    session.result = {
      signatures: session.signed.map(({ id }) => ({ id, value: found.get(id).toString('base64') })),
      certificate: session.certificate.toString(),
      user_code: session.userCode,
    }
    const files = session.signed.filter(({ finish }) => finish)
    if (files.length) {
      session.result.containers = files.map(({ id, finish }) => {
        return { id, content: finish(found.get(id)).toString('base64') }
      })
    }
    return session.result
  }

  /** One call: the members of a good answer, or undefined for the conflict that means "wait". */
  async #answer(method, path, body) {
    const { status, type, text } = await this.#send(method, path, body)
    const members = parsed(text)
    const reason = reasonIn(members)
    if (status === 409 && reason === 'PENDING' && path.endsWith('/status')) return undefined
    if (status !== 200) throw refusal(status, reason) // the status first, whatever the body says
    need(type?.toLowerCase().startsWith('application/json'), 'the answer is not application/json')
    need(members, 'the answer is no JSON object')
    return members
  }

  /** Sends one request: no redirect is followed, no cookie kept, nothing repeated. */
  #send(method, path, body) {
    const url = `${this.settings.base_url.replace(/\/+$/, '')}/qes-partners/1.0.0${path}`
    const data = body && Buffer.from(JSON.stringify(body))
    const headers = { accept: 'application/json' }
    if (data) Object.assign(headers, { 'content-type': 'application/json', 'content-length': data.length })
    return new Promise((resolve, reject) => {
      const fail = (error) => reject(new Refused('transport', error.code ?? error.message))
      const sent = request(url, { method, headers, agent: this.agent, timeout: 5000 }, (response) => {
        const chunks = []
        response.on('data', (chunk) => chunks.push(chunk)).on('error', fail)
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString()
          resolve({ status: response.statusCode, type: response.headers['content-type'], text })
        })
      })
      sent.on('timeout', () => sent.destroy(new Error('no answer in time'))).on('error', fail)
      sent.end(data)
    })
  }
}

function parsed(text) {
  try {
    const members = JSON.parse(text)
    return members && typeof members === 'object' && !Array.isArray(members) ? members : undefined
  } catch {
    return undefined
  }
}

/** The reason of an error, in either documented shape; errors may also come without a body. */
function reasonIn(members) {
  const reason = members?.statusReason ?? members?.result?.min
  return isText(reason) ? reason : ''
}

function refusal(status, reason) {
  const kind = Object.hasOwn(KINDS, reason) ? KINDS[reason] : 'provider_error'
  return new Refused(kind, `the provider answered ${status} ${reason}`.trim())
}

function needOk(answer) {
  if (answer.status !== 'OK') throw refusal(200, reasonIn(answer))
}

/** Only Success means signed and only Pending means wait; there are two errors, and no fifth result. */
function major(answer) {
  const told = answer.result?.maj
  if (ERROR.test(told)) throw refusal(200, reasonIn(answer))
  need(told === PENDING || told === SUCCESS, 'none of the four results')
  return told
}

function checkDocuments(documents) {
  need(documents.length >= 1 && documents.length <= 70, 'one to 70 documents can be signed at once')
  need(new Set(documents.map(({ id }) => id)).size === documents.length, 'two documents have the same id')
  for (const { id, sha256, content } of documents) {
    need(isText(id) && (sha256 === undefined) !== (content === undefined), 'an id, and a hash or a content')
    need(unbase64(sha256 ?? content), `document ${id} is not base64`)
    need(sha256 === undefined || unbase64(sha256).length === 32, `the hash of ${id} is not one of SHA-256`)
  }
}

/** Standard base64 with its padding, or undefined. */
function unbase64(text) {
  const right = typeof text === 'string' && /^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0
  return right ? Buffer.from(text, 'base64') : undefined
}

/** Language, policy and commitment type as the provider offers them now. */
function choices(offer, lang, policy, commitment) {
  const { sign_languages_supported: languages, commitment_types_supported: types } = offer
  const policies = offer.sign_policy_templates_supported
  need([languages, types, policies].every(Array.isArray), 'the configuration is not shaped like one')
  const enabled = policies.filter((one) => (one?.status ?? 'ENABLED') === 'ENABLED').map((one) => one?.ref)
  const chosen = languages.find((one) => String(one).toUpperCase() === lang.split(/[-_]/)[0].toUpperCase())
  need(chosen, `the provider does not speak ${lang}`)
  need(!policy || enabled.includes(policy), `the provider has no policy ${policy}`)
  need(!commitment || types.some((one) => one?.ref === commitment), `no commitment type ${commitment}`)
  const generic = enabled.filter((ref) => GENERIC_POLICY.test(ref))
  generic.sort((one, other) => one.localeCompare(other, 'en', { numeric: true }))
  return { lang: chosen, policy: policy ?? generic.at(-1), commitment }
}

// Characters that a description may hold (ISO 8859-15), and a role (ISO-8859-1; of it, what both have).
const isLatin1 = (sign) => /[\x20-\x7e\xa0-\xa3\xa5\xa7\xa9-\xb3\xb5-\xb7\xb9-\xbb\xbf-\xff]/.test(sign)
const isLatin9 = (sign) => isLatin1(sign) || '€ŠšŽžŒœŸ'.includes(sign)
const REPLACED = {
  '\u2018': "'", '\u2019': "'", '\u201c': '"', '\u201d': '"', '\u201e': '"', '\u2011': '-',
  '\u2013': '-', '\u2014': '-', '\u2026': '...', '\u2022': '-', '€': 'EUR', œ: 'oe', Œ: 'OE',
  '½': '1/2', '¼': '1/4', '¾': '3/4',
}

/** A text in its four languages, in characters that can be sent; too long a text is refused, not cut. */
function fitted(texts, longest, fits) {
  if (!texts) return undefined
  const given = new Map(Object.entries(texts).map(([lang, text]) => [lang.toLowerCase(), text]))
  const whole = given.size === 4 && LANGUAGES.every((lang) => isText(given.get(lang)))
  need(whole, `a text is needed in each of ${LANGUAGES}`)
  return LANGUAGES.map((lang) => {
    const signs = [...given.get(lang).normalize('NFC').trim().replace(/\s+/g, ' ')]
    const value = signs.map((sign) => (fits(sign) ? sign : REPLACED[sign] ?? sign)).join('')
    need([...value].every(fits), 'a text has signs that cannot be sent')
    need(value.length >= 1 && value.length <= longest, `a text has more than ${longest} characters, or none`)
    return { lang: lang.toUpperCase(), value }
  })
}

/** The provider's address with our parameter behind it, and nothing else touched. */
function leaveFor(session, url) {
  const [, address, fragment] = /^([^#]*)(.*)$/s.exec(url)
  session.contexts.push(randomBytes(18).toString('base64url'))
  const mark = address.includes('?') ? '&' : '?'
  session.redirect = `${address}${mark}${CONTEXT}=${session.contexts.at(-1)}${fragment}`
  return session.redirect
}

/** The signer's certificate is the one that stands alone in `certificate`. */
function signer({ certificate: pem, fullCertificateChain = pem }) {
  const [own, chain] = [certificates(pem), certificates(fullCertificateChain)]
  need(own.length === 1, 'there is not exactly one certificate')
  const [certificate] = own
  const above = chain.filter(({ fingerprint256 }) => fingerprint256 !== certificate.fingerprint256)
  need(above.length < chain.length, "the chain is another person's")
  need(certificate.publicKey.asymmetricKeyType === 'rsa', "the signer's key is not RSA")
  need(new Date(certificate.validFrom) <= new Date(), 'the certificate is not yet valid', 'not_yet_valid')
  need(new Date(certificate.validTo) >= new Date(), 'the certificate has expired', 'expired')
  return { certificate, above }
}

function certificates(pem) {
  try {
    const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
    return blocks.map((block) => new X509Certificate(block))
  } catch {
    throw new Refused('malformed', 'no certificate that can be read')
  }
}

/** The hash as it was given; or that of the data to be signed, which names the certificate. */
function toBeSigned({ id, sha256, content }, { certificate, above }) {
  if (sha256 !== undefined) return { id, value: sha256 }
  const { digest, finish } = beginCades(Buffer.from(content, 'base64'), certificate, above)
  return { id, value: digest.toString('base64'), finish }
}

/** The raw signatures by document: one for each of ours, none for any other. */
function matched(entries, signed) {
  need(Array.isArray(entries) && entries.length, 'success without signatures')
  const found = new Map()
  for (const entry of entries) {
    const id = entry?.whichDoc ?? entry?.whichdoc // the document's table and example differ
    const value = unbase64(entry?.b64Sig?.value)
    need(isText(id) && value && !found.has(id), 'a signature is not shaped like one, or comes twice')
    found.set(id, value)
  }
  const ours = found.size === signed.length && signed.every(({ id }) => found.has(id))
  need(ours, 'the signatures are not those of our documents')
  return found
}

/** Whether a bare PKCS #1 v1.5 signature is the certificate's, over this SHA-256 digest. */
function verifies(signature, digest, { publicKey }) {
  try {
    const block = publicDecrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, signature)
    return block.equals(Buffer.concat([DIGEST_INFO, digest]))
  } catch {
    return false
  }
}

const { node: version } = process.versions
const implementation = { name: 'itsme Sign in plain Node', version, language: 'JavaScript' }
serve(implementation, (settings, caFile) => new ItsmeSign(settings, caFile))
