import com.nimbusds.jose.*;
import com.nimbusds.jose.jwk.source.*;
import com.nimbusds.jose.proc.*;
import com.nimbusds.jose.util.DefaultResourceRetriever;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.*;
import java.io.IOException;
import java.net.URL;
import java.text.ParseException;
import java.util.Set;
import net.minidev.json.JSONObject;

/**
 * Nimbus JOSE + JWT as its page "Validating JWT access tokens" has it: JWKSourceBuilder and
 * DefaultJWTProcessor. Told "outage", with the documented tolerance of an outage, for four hours.
 */
final class NimbusJwtAdapter {
    static JwtLines.Verifier open(JSONObject realm, String caFile, boolean outage) throws Exception {
        // The builder's own retriever, but for the trust: its three numbers are the defaults.
        var retriever = new DefaultResourceRetriever(JWKSourceBuilder.DEFAULT_HTTP_CONNECT_TIMEOUT,
            JWKSourceBuilder.DEFAULT_HTTP_READ_TIMEOUT, JWKSourceBuilder.DEFAULT_HTTP_SIZE_LIMIT,
            true, Pem.trusting(caFile));
        var source = JWKSourceBuilder.<SecurityContext>create(
            new URL(realm.getAsString("jwks_uri")), retriever);
        var keys = outage ? source.retrying(true).outageTolerant(4 * 60 * 60 * 1000L) : source;
        var processor = new DefaultJWTProcessor<SecurityContext>();
        processor.setJWSKeySelector(
            new JWSVerificationKeySelector<>(JWSAlgorithm.RS256, keys.build()));
        var exact = new JWTClaimsSet.Builder().issuer(realm.getAsString("issuer")).build();
        processor.setJWTClaimsSetVerifier(new DefaultJWTClaimsVerifier<>(
            realm.getAsString("audience"), exact, Set.of("exp")));
        return token -> processor.process(token, null).toJSONObject();
    }

    /** Nimbus has few types of its own for a refusal, and says the rest in words. */
    static String classify(Exception error) {
        var said = String.valueOf(error.getMessage());
        if (error instanceof ParseException) return "malformed";
        if (error instanceof ExpiredJWTException) return "expired";
        if (said.contains("before use time")) return "not_yet_valid";
        if (said.matches(".*(aud claim|required audience).*")) return "wrong_audience";
        if (said.matches(".*(iss claim|claims: .*iss).*")) return "wrong_issuer";
        if (error instanceof BadJWTException) return "malformed";
        if (said.contains("nvalid signature")) return "invalid_signature";
        if (said.contains("Unsecured (plain)")) return "forbidden_algorithm";
        if (said.contains("JOSE header typ")) return "wrong_kind";
        if (said.contains("no matching key")) return "unknown_key";
        if (error instanceof RateLimitReachedException) return "unknown_key"; // may not ask now
        if (error.getCause() instanceof IOException) return "transport";
        if (error instanceof KeySourceException) return "provider_error";
        return error instanceof JOSEException || error instanceof BadJOSEException ? "unclassified" : null;
    }

    public static void main(String[] args) throws IOException {
        var outage = args.length > 0 && args[0].equals("outage");
        var version = JWSAlgorithm.class.getPackage().getImplementationVersion();
        JwtLines.serve("Nimbus JOSE + JWT", version, (realm, ca) -> open(realm, ca, outage),
            NimbusJwtAdapter::classify);
    }
}
