import static org.jose4j.jwt.consumer.ErrorCodes.*;

import java.io.IOException;
import java.util.*;
import javax.net.ssl.HttpsURLConnection;
import net.minidev.json.JSONObject;
import org.jose4j.jwa.AlgorithmConstraints.ConstraintType;
import org.jose4j.jwk.HttpsJwks;
import org.jose4j.jwt.consumer.*;
import org.jose4j.keys.resolvers.HttpsJwksVerificationKeyResolver;
import org.jose4j.lang.*;

/**
 * jose4j: HttpsJwks and JwtConsumerBuilder, told what cannot be left out; `example` as its page
 * "JWT Examples" builds the consumer, `options` that and two options of HttpsJwks.
 */
final class Jose4jAdapter {
    static final Map<Integer, String> KINDS = Map.of(SIGNATURE_INVALID, "invalid_signature",
        ISSUER_INVALID, "wrong_issuer", ISSUER_MISSING, "wrong_issuer", AUDIENCE_INVALID,
        "wrong_audience", AUDIENCE_MISSING, "wrong_audience", EXPIRED, "expired", NOT_YET_VALID,
        "not_yet_valid", SIGNATURE_MISSING, "forbidden_algorithm");

    static JwtLines.Verifier open(JSONObject realm, String mode) {
        var keys = new HttpsJwks(realm.getAsString("jwks_uri"));
        if (mode.equals("options")) {
            keys.setRetainCacheOnErrorDuration(60); // seconds, and then it tries again
            keys.setRefreshReprieveThreshold(30_000); // milliseconds without asking for another kid
        }
        var builder = new JwtConsumerBuilder().setExpectedIssuer(realm.getAsString("issuer"))
            .setExpectedAudience(realm.getAsString("audience"))
            .setVerificationKeyResolver(new HttpsJwksVerificationKeyResolver(keys));
        if (!mode.isEmpty()) builder.setRequireExpirationTime().setAllowedClockSkewInSeconds(30)
            .setRequireSubject().setJwsAlgorithmConstraints(ConstraintType.PERMIT, "RS256");
        var consumer = builder.build();
        return token -> consumer.processToClaims(token).getClaimsMap();
    }

    static String classify(Exception error) {
        String kind = null; // what the innermost cause says
        for (Throwable at = error; at != null; at = at.getCause()) {
            var said = String.valueOf(at.getMessage());
            if (at instanceof UnresolvableKeyException) kind = at.getCause() == null
                ? "unknown_key" : "provider_error";
            if (at instanceof IOException) kind = said.startsWith("Non 200") ? kind : "transport";
            if (at instanceof InvalidAlgorithmException) kind = "forbidden_algorithm";
            if (said.endsWith("marked as critical.")) kind = "wrong_kind";
        }
        if (kind != null || !(error instanceof InvalidJwtException no)) return kind;
        return KINDS.getOrDefault(no.getErrorDetails().get(0).getErrorCode(), "malformed");
    }

    public static void main(String[] args) throws IOException {
        var pom = new Properties(); // its jar says its version nowhere else
        pom.load(HttpsJwks.class.getResourceAsStream("/META-INF/maven/org.bitbucket.b_c/jose4j/pom.properties"));
        JwtLines.serve("jose4j", pom.getProperty("version"), (realm, ca) -> {
            HttpsURLConnection.setDefaultSSLSocketFactory(Pem.trusting(ca));
            return open(realm, args.length > 0 ? args[0] : "");
        }, Jose4jAdapter::classify);
    }
}
