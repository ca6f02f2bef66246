// fastify-jwt-jwks: its README's route, asked in process; told `hourly`, with the documented
// `secretsTtl` of an hour in place of a week. The issuer is told, or it would be the host's root.
import fastify from 'fastify'
import jwtJwks from 'fastify-jwt-jwks'
import { serve } from './jwt_lines.mjs'

const more = process.argv[2] === 'hourly' ? { secretsTtl: 3_600_000 } : {}

function open({ issuer, audience, jwks_uri: jwksUrl }) {
  const app = fastify()
  const ready = app.register(jwtJwks, { jwksUrl, audience, issuer, ...more }).then(() => {
    app.get('/verify', { preValidation: app.authenticate }, (request) => request.user)
  })
  return async (token) => {
    await ready
    const answer = await app.inject({ url: '/verify', headers: { authorization: `Bearer ${token}` } })
    if (answer.statusCode !== 200) throw Object.assign(new Error(), answer.json())
    return answer.json()
  }
}

// What it says of a token has the status 401; where the key set is at fault, it answers 500.
const WORDS = [
  [/[Ee]xpired/, 'expired'],
  [/will be active/, 'not_yet_valid'],
  [/aud claim/, 'wrong_audience'],
  [/iss claim/, 'wrong_issuer'],
  [/crit header|Critical extension/, 'wrong_kind'],
  [/algorithm|Unsupported token/, 'forbidden_algorithm'],
  [/signature is invalid/, 'invalid_signature'],
  [/^Missing Key/, 'unknown_key'],
]

function classify({ statusCode, message }) {
  if (statusCode === 401) return WORDS.find(([words]) => words.test(message))?.[1] ?? 'malformed'
  return /^fetch failed|^terminated|aborted/.test(message) ? 'transport' : 'provider_error'
}

serve('fastify-jwt-jwks', open, classify)
