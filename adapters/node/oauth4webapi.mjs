// oauth4webapi 3 with PrivateKeyJwt; the rest as the library has it.
import * as oauth from 'oauth4webapi'
import { apiValue, privateKey, serve, trusting } from './lines.mjs'

async function open(service, caFile) {
  // The library puts the server's issuer into `aud`; here the documents want the token endpoint.
  const server = { issuer: service.audience, token_endpoint: service.token_endpoint }
  const client = { client_id: service.client_id }
  const auth = oauth.PrivateKeyJwt(await privateKey(service.private_key_file))
  const options = { [oauth.customFetch]: trusting(caFile) }

  async function grant(scope) {
    const parameters = scope === null ? {} : { scope }
    const response = await oauth.clientCredentialsGrantRequest(server, client, auth, parameters, options)
    return oauth.processClientCredentialsResponse(server, client, response)
  }
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
        const reply = await oauth.protectedResourceRequest(access_token, method, url, headers, json, options)
        return await apiValue(reply)
      } catch (error) {
        if (!(error instanceof oauth.WWWAuthenticateChallengeError)) throw error
        return apiValue(error.response)
      }
    },
  }
}

function classify({ code, name, cause }) {
  if (name === 'TypeError' && cause) return 'transport' // how fetch says it
  if (code === oauth.RESPONSE_BODY_ERROR) return 'provider_error'
  if (code === oauth.WWW_AUTHENTICATE_CHALLENGE) return 'provider_error'
  if (code === oauth.RESPONSE_IS_NOT_CONFORM) return 'provider_error' // not the status expected
  return code?.startsWith('OAUTH_') || name === 'SyntaxError' ? 'malformed' : undefined
}

await serve('oauth4webapi', open, classify)
