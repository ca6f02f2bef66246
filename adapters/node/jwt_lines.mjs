// The adapter protocol, version 1, around a JavaScript verifier of tokens. Trust comes from
// NODE_EXTRA_CA_CERTS, which the bench sets, so that a library fetches as it always does.
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

function failed(error, classify) {
  const kind = classify(error)
  const detail = [error.name, error.code, error.message, error.cause?.message].filter(Boolean).join(': ')
  return kind ? { outcome: 'rejected', class: kind, detail } : { outcome: 'crashed', detail }
}

/** Answers until `bye`. `open(realm)` gives an async function from a token to its claims; it is
 * called for each realm of a scenario. `classify(error)` names the outcome class, or nothing. */
export async function serve(name, open, classify) {
  const manifest = new URL(`node_modules/${name}/package.json`, import.meta.url)
  const { version } = JSON.parse(readFileSync(manifest))
  const hello = { implementation: { name, version, language: 'JavaScript' }, capabilities: ['jwt'] }
  let realms = new Map()
  const perform = async ({ cmd, op, args, protocols, ehealth }) => {
    if (cmd === 'hello') {
      return { protocol: protocols.includes(1) ? 1 : null, ...hello, clock: 'system', concurrency: 8 }
    }
    if (cmd === 'scenario') realms = new Map([ehealth].flat().map((one) => [one.issuer, open(one)]))
    if (cmd !== 'call') return {}
    if (op !== 'jwt.verify') return { outcome: 'unsupported', reason: op }
    const verify = args.issuer ? realms.get(args.issuer) : realms.values().next().value
    return { outcome: 'accepted', value: { claims: await verify(args.token) } }
  }
  for await (const line of createInterface({ input: process.stdin })) {
    const message = JSON.parse(line)
    const done = perform(message)
      .catch((error) => failed(error, message.op ? classify : () => null))
      .then((answer) => process.stdout.write(`${JSON.stringify({ seq: message.seq, ...answer })}\n`))
    if (message.cmd !== 'call') await done // calls may overlap, as requests to an API do
    if (message.cmd === 'bye') break
  }
  process.exit(0)
}
