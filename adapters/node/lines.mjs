// The adapter protocol, version 1, around a JavaScript client: copy this file next to your adapter.
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { Agent, fetch } from 'undici'

/** A fetch with connections of its own that trusts `caFile` and nothing else. */
export function trusting(caFile) {
  const dispatcher = new Agent({ connect: { ca: readFileSync(caFile) } })
  return (url, options) => fetch(url, { ...options, dispatcher })
}

/** An RSA key from PKCS#8 without password. */
export function privateKey(file) {
  const der = Buffer.from(readFileSync(file, 'utf8').replace(/-----[A-Z ]+-----/g, ''), 'base64')
  const use = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
  return crypto.subtle.importKey('pkcs8', der, use, false, ['sign'])
}

/** What api.call gives for a Response; every status other than 2xx is a refusal. */
export async function apiValue(response) {
  const { status, headers } = response
  if (!response.ok) throw Object.assign(new Error(`HTTP ${status}`), { refused: status })
  const text = await response.text()
  const isJson = text && headers.get('content-type')?.includes('json')
  return { status, body: isJson ? JSON.parse(text) : text || null }
}

function failed(error, classify) {
  const kind = error.refused === 403 ? 'not_allowed' : error.refused ? 'provider_error' : classify(error)
  const detail = [error.name, error.code, error.message, error.cause?.message].filter(Boolean).join(': ')
  return kind ? { outcome: 'rejected', class: kind, detail } : { outcome: 'crashed', detail }
}

/** Answers until `bye`. `open(service, caFile)` makes a client with `fetch(scope)` and
 * `call(method, path, body)`; `classify(error)` names the outcome class, or nothing for a crash. */
export async function serve(name, open, classify) {
  const manifest = new URL(`node_modules/${name}/package.json`, import.meta.url)
  const { version } = JSON.parse(readFileSync(manifest))
  const implementation = { name, version, language: 'JavaScript' }
  let client
  const perform = async ({ cmd, op, args, protocols, socialsecurity, ca_file }) => {
    if (cmd === 'hello') {
      const protocol = protocols.includes(1) ? 1 : null
      return { protocol, implementation, capabilities: ['token', 'api'], clock: 'system' }
    }
    if (cmd === 'scenario') client = await open(socialsecurity, ca_file)
    if (cmd !== 'call') return {}
    if (!['token.fetch', 'api.call'].includes(op)) return { outcome: 'unsupported', reason: op }
    const { scope, method, path, body } = args
    const value = await (op === 'token.fetch' ? client.fetch(scope) : client.call(method, path, body))
    return { outcome: 'accepted', value }
  }
  for await (const line of createInterface({ input: process.stdin })) {
    const message = JSON.parse(line)
    const answer = await perform(message).catch((e) => failed(e, message.op ? classify : () => null))
    process.stdout.write(`${JSON.stringify({ seq: message.seq, ...answer })}\n`)
    if (message.cmd === 'bye') break
  }
  process.exit(0)
}
