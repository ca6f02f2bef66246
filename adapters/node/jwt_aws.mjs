// aws-jwt-verify: `JwtVerifier` for any issuer (`JwtRsaVerifier` before version 5), as its README
// shows it.
import { JwtVerifier } from 'aws-jwt-verify'
import { serve } from './jwt_lines.mjs'

function open({ issuer, audience, jwks_uri: jwksUri }) {
  const verifier = JwtVerifier.create({ issuer, audience, jwksUri })
  return (token) => verifier.verify(token)
}

const KINDS = {
  JwtExpiredError: 'expired',
  JwtNotBeforeError: 'not_yet_valid',
  JwtInvalidAudienceError: 'wrong_audience',
  JwtInvalidIssuerError: 'wrong_issuer',
  JwtInvalidSignatureAlgorithmError: 'forbidden_algorithm',
  JwtInvalidSignatureError: 'invalid_signature',
  JwtWithoutValidKidError: 'unknown_key',
  KidNotFoundInJwksError: 'unknown_key',
  WaitPeriodNotYetEndedJwkError: 'unknown_key',
  JwkInvalidUseError: 'unknown_key',
  JwkInvalidKtyError: 'unknown_key',
  JwtParseError: 'malformed',
  JwtInvalidClaimError: 'malformed',
  JwksValidationError: 'provider_error',
  JwkValidationError: 'provider_error',
  NonRetryableFetchError: 'provider_error', // a status, or no JSON
  FetchError: 'transport',
}

serve('aws-jwt-verify', open, (error) => KINDS[error.constructor.name])
