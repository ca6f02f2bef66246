import java.io.IOException;
import java.util.List;
import javax.net.ssl.HttpsURLConnection;
import net.minidev.json.JSONObject;
import org.springframework.cache.concurrent.ConcurrentMapCacheManager;
import org.springframework.security.core.SpringSecurityCoreVersion;
import org.springframework.security.oauth2.jose.jws.SignatureAlgorithm;
import org.springframework.security.oauth2.jwt.*;
import org.springframework.web.client.ResourceAccessException;

/**
 * Spring Security's NimbusJwtDecoder, as its page "OAuth 2.0 Resource Server JWT" has it: from the
 * address of the key set; `issuer` from that of the issuer; `strict` told algorithm, audience and
 * that tokens expire as well; `cache` all that, and the cache that Spring itself brings.
 */
final class SpringJwtAdapter {
    static JwtDecoder decoder(JSONObject realm, String mode) {
        var issuer = realm.getAsString("issuer");
        if (mode.isEmpty()) {
            return NimbusJwtDecoder.withJwkSetUri(realm.getAsString("jwks_uri")).build();
        }
        var builder = NimbusJwtDecoder.withIssuerLocation(issuer);
        if (mode.equals("issuer")) return builder.build();
        if (mode.equals("cache")) builder.cache(new ConcurrentMapCacheManager().getCache("jwks"));
        var decoder = builder.jwsAlgorithm(SignatureAlgorithm.RS256).build();
        var times = new JwtTimestampValidator();
        times.setAllowEmptyExpiryClaim(false);
        var audience = new JwtAudienceValidator(realm.getAsString("audience"));
        decoder.setJwtValidator(JwtValidators.createDefaultWithValidators(
            List.of(times, new JwtIssuerValidator(issuer), audience)));
        return decoder;
    }

    static String classify(Exception error) {
        var said = String.valueOf(error.getMessage());
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            if (cause instanceof ResourceAccessException) return "transport";
        }
        if (error instanceof JwtDecoderInitializationException) return "provider_error";
        if (said.contains("expired at")) return "expired";
        if (said.contains("used before")) return "not_yet_valid";
        if (said.contains("aud claim")) return "wrong_audience";
        if (said.contains("iss claim")) return "wrong_issuer";
        if (said.contains("typ value")) return "wrong_kind";
        if (said.contains("Unsupported algorithm of none")) return "forbidden_algorithm";
        if (said.matches(".*Malformed (token|payload).*")) return "malformed";
        var inner = error.getCause() instanceof Exception e ? NimbusJwtAdapter.classify(e) : null;
        if (inner != null || !(error instanceof JwtException)) return inner;
        return error instanceof BadJwtException ? "malformed" : "unclassified";
    }

    public static void main(String[] args) throws IOException {
        JwtLines.serve("Spring Security", SpringSecurityCoreVersion.getVersion(), (realm, ca) -> {
            HttpsURLConnection.setDefaultSSLSocketFactory(Pem.trusting(ca));
            var mode = args.length > 0 ? args[0] : "";
            var decoder = new SupplierJwtDecoder(() -> decoder(realm, mode)); // as Spring Boot does
            return token -> decoder.decode(token).getClaims();
        }, SpringJwtAdapter::classify);
    }
}
