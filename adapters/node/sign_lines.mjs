// The adapter protocol, version 1, around a JavaScript client of itsme Sign: copy this file next to
// yours. A client has `start(order)` and `resume(session, returnedTo)`; each returns the value of
// the operation, or throws an Error with `kind`, the outcome class. Any other error is a crash.
import { createInterface } from 'node:readline'

function failed(error) {
  const detail = [error.name, error.code, error.message].filter(Boolean).join(': ')
  return error.kind ? { outcome: 'rejected', class: error.kind, detail } : { outcome: 'crashed', detail }
}

/** Answers until `bye`; `open(settings, caFile)` makes the client of one scenario. */
export async function serve(implementation, open) {
  let client
  const perform = async ({ cmd, op, args, protocols, itsme, ca_file }) => {
    if (cmd === 'hello') {
      const protocol = protocols.includes(1) ? 1 : null
      return { protocol, implementation, capabilities: ['sign'], clock: 'system', concurrency: 8 }
    }
    if (cmd === 'scenario') client = await open(itsme, ca_file)
    if (cmd !== 'call') return {}
    if (!['sign.start', 'sign.resume'].includes(op)) return { outcome: 'unsupported', reason: op }
    const { session, returned_to: returnedTo } = args
    const value = op === 'sign.start' ? client.start(args) : client.resume(session, returnedTo)
    return { outcome: 'accepted', value: await value }
  }
  for await (const line of createInterface({ input: process.stdin })) {
    const message = JSON.parse(line)
    const done = perform(message)
      .catch(failed)
      .then((answer) => process.stdout.write(`${JSON.stringify({ seq: message.seq, ...answer })}\n`))
    if (message.cmd !== 'call') await done // calls may overlap, as people do
    if (message.cmd === 'bye') break
  }
  process.exit(0)
}
