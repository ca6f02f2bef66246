import com.nimbusds.common.contenttype.ContentType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.oauth2.sdk.*;
import com.nimbusds.oauth2.sdk.auth.PrivateKeyJWT;
import com.nimbusds.oauth2.sdk.http.HTTPRequest;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.token.AccessToken;
import java.io.IOException;
import java.net.URI;
import java.security.PrivateKey;
import java.util.Map;
import net.minidev.json.JSONObject;
import net.minidev.json.JSONValue;

/** The Nimbus SDK as the sample in "Opzetten kanaal REST API", 6.2, uses it; it keeps no tokens. */
record NimbusAdapter(Map<String, String> service, PrivateKey key) implements Client {
    AccessToken token(String scope) throws Exception {
        var auth = new PrivateKeyJWT(new ClientID(service.get("client_id")),
            new URI(service.get("audience")), JWSAlgorithm.RS256, key, null, null);
        var request = new TokenRequest(new URI(service.get("token_endpoint")), auth,
            new ClientCredentialsGrant(), Scope.parse(scope));
        var response = TokenResponse.parse(request.toHTTPRequest().send());
        if (!response.indicatesSuccess()) throw new GeneralException("the token was refused");
        return response.toSuccessResponse().getTokens().getBearerAccessToken();
    }

    public Map<String, Object> fetch(String scope) throws Exception {
        var token = token(scope);
        return new JSONObject().appendField("access_token", token.getValue())
            .appendField("token_type", token.getType().getValue())
            .appendField("expires_in", token.getLifetime() == 0 ? null : token.getLifetime());
    }

    public Map<String, Object> call(String method, String path, Object body) throws Exception {
        var verb = HTTPRequest.Method.valueOf(method);
        var request = new HTTPRequest(verb, new URI(service.get("api_base") + path));
        request.setAuthorization(token(service.get("scope")).toAuthorizationHeader());
        if (body != null) {
            request.setEntityContentType(ContentType.APPLICATION_JSON);
            request.setBody(JSONValue.toJSONString(body));
        }
        var reply = request.send();
        var type = reply.getHeaderValue("Content-Type");
        return Client.apiValue(reply.getStatusCode(), type, reply.getBody());
    }

    public String classify(Exception error) {
        if (error instanceof ParseException) return "malformed"; // a GeneralException too
        if (error instanceof GeneralException) return "provider_error";
        return error instanceof IOException ? "transport" : null;
    }

    public static void main(String[] args) throws IOException {
        var sdk = TokenRequest.class.getPackage();
        Lines.serve("Nimbus OAuth 2.0 SDK", sdk.getImplementationVersion(), (service, ca) -> {
            HTTPRequest.setDefaultSSLSocketFactory(Pem.trusting(ca));
            return new NimbusAdapter(service, Pem.privateKey(service.get("private_key_file")));
        });
    }
}
