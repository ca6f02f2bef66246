// Negative control: simple-oauth2 has no private_key_jwt, so it sends a made-up secret by Basic.
import { readFileSync } from 'node:fs'
import { Agent } from 'node:https'
import { ClientCredentials } from 'simple-oauth2'
import { apiValue, serve, trusting } from './lines.mjs'

function open(service, caFile) {
  const { origin, pathname } = new URL(service.token_endpoint)
  const oauth = new ClientCredentials({
    client: { id: service.client_id, secret: 'there-is-no-secret' },
    auth: { tokenHost: origin, tokenPath: pathname },
    http: { agent: new Agent({ ca: readFileSync(caFile) }) },
  })
  const get = async (scope) => {
    const result = await oauth.getToken(scope === null ? {} : { scope })
    if (!result.token.access_token) throw new SyntaxError('no access_token') // it does not look
    return result
  }
  const request = trusting(caFile)
  let kept
  return {
    async fetch(scope) {
      const { access_token, token_type = null, expires_in = null } = (await get(scope)).token
      return { access_token, token_type, expires_in }
    },
    async call(method, path, body) {
      if (!kept || kept.expired()) kept = await get(service.scope) // as its manual does it
      const headers = { authorization: `Bearer ${kept.token.access_token}` }
      if (body !== null) headers['content-type'] = 'application/json'
      const json = body === null ? undefined : JSON.stringify(body)
      return apiValue(await request(service.api_base + path, { method, headers, body: json }))
    },
  }
}

function classify({ isBoom, data, output, name, cause }) {
  if (name === 'TypeError' && cause) return 'transport' // how fetch says it
  if (data?.isResponseError) return 'provider_error'
  if (isBoom && output.statusCode >= 500) return data?.payload ? 'malformed' : 'transport'
  return isBoom || name === 'SyntaxError' || name === 'AssertError' ? 'malformed' : undefined
}

await serve('simple-oauth2', open, classify)
