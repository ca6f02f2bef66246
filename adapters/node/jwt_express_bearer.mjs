// express-oauth2-jwt-bearer: the middleware `auth` as its README starts it, from the issuer; told
// `jwks`, with the documented options that need no discovery and name the algorithm.
import oauth from 'express-oauth2-jwt-bearer'
import { serve } from './jwt_lines.mjs'

function options({ issuer, audience, jwks_uri: jwksUri, algorithms = ['RS256'] }) {
  if (process.argv[2] !== 'jwks') return { issuerBaseURL: issuer, audience }
  return { issuer, audience, jwksUri, tokenSigningAlg: algorithms[0] }
}

function open(realm) {
  const middleware = oauth.auth(options(realm))
  return (token) =>
    new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}`, host: 'api.invalid' }
      const request = { method: 'GET', protocol: 'https', originalUrl: '/', headers, query: {} }
      request.get = (name) => headers[name.toLowerCase()] // these two as Express has them
      request.is = () => false
      middleware(request, {}, (error) => (error ? reject(error) : resolve(request.auth.payload)))
    })
}

// Every refusal is an InvalidTokenError that repeats the words of jose, or of what went wrong.
const WORDS = [
  [/"exp" claim timestamp|Unexpected 'exp'/, 'expired'],
  [/"nbf" claim timestamp|Unexpected 'iat'/, 'not_yet_valid'],
  [/Unexpected 'aud'/, 'wrong_audience'],
  [/Unexpected 'iss'/, 'wrong_issuer'],
  [/Unexpected 'alg'|Unsupported (algorithm|"alg")|missing or invalid "alg"/, 'forbidden_algorithm'],
  [/^Extension Header Parameter/, 'wrong_kind'],
  [/signature verification failed/, 'invalid_signature'],
  [/(no applicable key|multiple matching keys) found/, 'unknown_key'],
  [/ECONN|SSL|socket|certificate|altnames|timed out/, 'transport'],
  [/authorization server metadata|Expected 200 OK|JSON Web Key Set/, 'provider_error'],
]

function classify(error) {
  if (![400, 401].includes(error.statusCode)) return null
  return WORDS.find(([words]) => words.test(error.message))?.[1] ?? 'malformed'
}

serve('express-oauth2-jwt-bearer', open, classify)
