// openid-client 6 with PrivateKeyJwt; the rest as the library has it.
import * as oidc from 'openid-client'
import { apiValue, privateKey, serve, trusting } from './lines.mjs'

async function open(service, caFile) {
  // The library puts the server's issuer into `aud`; here the documents want the token endpoint.
  const server = { issuer: service.audience, token_endpoint: service.token_endpoint }
  const auth = oidc.PrivateKeyJwt(await privateKey(service.private_key_file))
  const config = new oidc.Configuration(server, service.client_id, undefined, auth)
  config[oidc.customFetch] = trusting(caFile)

  const grant = (scope) => oidc.clientCredentialsGrant(config, scope === null ? {} : { scope })
  return {
    async fetch(scope) {
      const { access_token, token_type, expires_in = null } = await grant(scope)
      return { access_token, token_type, expires_in }
    },
    async call(method, path, body) {
      const { access_token } = await grant(service.scope) // the library keeps no tokens
      const url = new URL(service.api_base + path)
      const headers = new Headers(body === null ? {} : { 'content-type': 'application/json' })
      const json = body === null ? null : JSON.stringify(body)
      try {
        const reply = await oidc.fetchProtectedResource(config, access_token, url, method, json, headers)
        return await apiValue(reply)
      } catch (error) {
        if (!(error instanceof oidc.WWWAuthenticateChallengeError)) throw error
        return apiValue(error.response)
      }
    },
  }
}

function classify({ code, name, cause }) {
  if (code === 'OAUTH_TIMEOUT' || (name === 'TypeError' && cause)) return 'transport'
  if (code === 'OAUTH_RESPONSE_BODY_ERROR') return 'provider_error'
  if (code === 'OAUTH_WWW_AUTHENTICATE_CHALLENGE') return 'provider_error'
  if (code === 'OAUTH_RESPONSE_IS_NOT_CONFORM') return 'provider_error' // not the status expected
  return code?.startsWith('OAUTH_') || name === 'SyntaxError' ? 'malformed' : undefined
}

await serve('openid-client', open, classify)
