// jose: `createRemoteJWKSet` and `jwtVerify`, as their documentation shows them; told `strict`, with
// the documented options `algorithms` and `requiredClaims`.
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { serve } from './jwt_lines.mjs'

const strict = process.argv[2] === 'strict'

function open({ issuer, audience, jwks_uri, algorithms = ['RS256'] }) {
  const keys = createRemoteJWKSet(new URL(jwks_uri))
  const more = strict ? { algorithms, requiredClaims: ['exp'] } : {}
  return async (token) => (await jwtVerify(token, keys, { issuer, audience, ...more })).payload
}

const CLAIMS = { aud: 'wrong_audience', iss: 'wrong_issuer', nbf: 'not_yet_valid', iat: 'not_yet_valid' }
const CODES = {
  ERR_JWT_EXPIRED: 'expired',
  ERR_JOSE_ALG_NOT_ALLOWED: 'forbidden_algorithm',
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'invalid_signature',
  ERR_JWKS_NO_MATCHING_KEY: 'unknown_key',
  ERR_JWKS_MULTIPLE_MATCHING_KEYS: 'unknown_key',
  ERR_JWS_INVALID: 'malformed',
  ERR_JWT_INVALID: 'malformed',
  ERR_JWKS_INVALID: 'provider_error',
  ERR_JOSE_GENERIC: 'provider_error', // "Expected 200 OK …", "Failed to parse …"
  ERR_JWKS_TIMEOUT: 'transport',
}

function classify(error) {
  if (error.code === 'ERR_JWT_CLAIM_VALIDATION_FAILED') return CLAIMS[error.claim] ?? 'malformed'
  if (error.code === 'ERR_JOSE_NOT_SUPPORTED') {
    return error.message.includes('Extension') ? 'wrong_kind' : 'forbidden_algorithm'
  }
  return error.message === 'fetch failed' ? 'transport' : CODES[error.code]
}

serve('jose', open, classify)
