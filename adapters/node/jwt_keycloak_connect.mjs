// keycloak-connect, bearer only: its middleware and `protect()`, asked in process; told `audience`,
// with `verify-token-audience`, which its documentation recommends.
import Keycloak from 'keycloak-connect'
import { serve } from './jwt_lines.mjs'

const more = process.argv[2] === 'audience' ? { 'verify-token-audience': true } : {}

function open({ issuer, audience }) {
  const [server, realm] = issuer.split('/realms/')
  const told = { realm, 'auth-server-url': server, resource: audience, 'bearer-only': true, ...more }
  const keycloak = new Keycloak({}, told)
  const chain = [...keycloak.middleware(), keycloak.protect()]
  return (token) =>
    new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}`, host: 'api.invalid' }
      const request = { method: 'GET', url: '/', originalUrl: '/', headers, query: {} }
      const refused = Object.assign(new Error(), { name: 'Refused' })
      const response = {
        status: (code) => (refused.code = code),
        end: (text) => reject(Object.assign(refused, { message: text })),
      }
      const step = (place) => () =>
        place < chain.length
          ? chain[place](request, response, step(place + 1))
          : resolve(request.kauth.grant.access_token.content)
      step(0)()
    })
}

// It answers 403 "Access denied" to everything, and keeps the reason to itself.
serve('keycloak-connect', open, (error) => (error.name === 'Refused' ? 'unclassified' : null))
