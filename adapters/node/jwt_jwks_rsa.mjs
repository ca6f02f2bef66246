// jwks-rsa with jsonwebtoken: `getSigningKey` inside the callback of `jwt.verify`; told `limited`,
// with the documented `rateLimit`.
import jwt from 'jsonwebtoken'
import jwksClient from 'jwks-rsa'
import { serve } from './jwt_lines.mjs'

const more = process.argv[2] === 'limited' ? { cache: true, rateLimit: true, jwksRequestsPerMinute: 10 } : {}

function open({ issuer, audience, jwks_uri: jwksUri, algorithms = ['RS256'] }) {
  const client = jwksClient({ jwksUri, ...more })
  const getKey = (header, callback) =>
    client.getSigningKey(header.kid, (error, key) => callback(error, key?.getPublicKey()))
  return (token) =>
    new Promise((resolve, reject) => {
      const done = (error, claims) => (error ? reject(error) : resolve(claims))
      jwt.verify(token, getKey, { issuer, audience, algorithms }, done)
    })
}

// jsonwebtoken has three types of error and says the rest in words, those of the callback included.
const WORDS = [
  [/jwt expired/, 'expired'],
  [/jwt not active/, 'not_yet_valid'],
  [/audience invalid/, 'wrong_audience'],
  [/issuer invalid/, 'wrong_issuer'],
  [/invalid algorithm|must be an? (a?symmetric) key/, 'forbidden_algorithm'],
  [/invalid signature/, 'invalid_signature'],
  [/callback: (Unable to find|No KID|Too many requests)/, 'unknown_key'],
  [/callback: .*(ECONN|SSL|socket|certificate|altnames|timeout)/, 'transport'],
  [/callback: (The JWKS endpoint|.*JSON)/, 'provider_error'],
  [/callback: /, 'provider_error'], // the reason phrase of an HTTP error, and nothing else
]

function classify(error) {
  const kind = WORDS.find(([words]) => words.test(error.message))?.[1]
  return kind ?? (/JsonWebToken|SyntaxError/.test(error.name) ? 'malformed' : null)
}

serve('jwks-rsa', open, classify)
