import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAPublicKey;
import java.text.Normalizer;
import java.time.Duration;
import java.time.Instant;
import java.util.*;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import net.minidev.json.JSONArray;
import net.minidev.json.JSONObject;
import net.minidev.json.JSONStyle;
import net.minidev.json.parser.JSONParser;
import net.minidev.json.parser.ParseException;

/**
 * A client of itsme Sign in plain Java, as an adapter: identify, hash, have it signed, verify.
 *
 * <p>No public client of this interface exists, so this one is written to be copied: take it with
 * MutualTls and Cades, without main. It signs hashes; what the data to be signed is made of (PAdES,
 * XAdES, CAdES) is up to the caller, who passes `content` to have a CAdES signature made.
 */
final class ItsmeSign implements SignLines.Client {
    private static final String SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256";
    private static final String PENDING =
        "urn:oasis:names:tc:dss:1.0:profiles:asynchronousprocessing:resultmajor:Pending";
    private static final String SUCCESS = "urn:oasis:names:tc:dss:1.0:resultmajor:Success";
    private static final Set<String> ERRORS = Set.of(
        "urn:oasis:names:tc:dss:1.0:resultmajor:RequesterError",
        "urn:oasis:names:tc:dss:1.0:resultmajor:ResponderError");
    /** The DigestInfo of SHA-256, up to the digest. */
    private static final byte[] DIGEST_INFO =
        HexFormat.of().parseHex("3031300d060960864801650304020105000420");
    private static final Pattern GENERIC_POLICY =
        Pattern.compile("1\\.3\\.6\\.1\\.4\\.1\\.49274\\.1\\.1\\.7(\\.\\d+)+");
    private static final List<String> LANGUAGES = List.of("en", "fr", "nl", "de");
    /** Our own parameter: itsme keeps it, and has none of its own to find a session back. */
    private static final String CONTEXT = "scaContext";
    private static final Pattern OUR_CONTEXT = Pattern.compile("[?&]" + CONTEXT + "=([^&#]*)");
    private static final Map<String, String> KINDS = Map.of(
        "NOT_ALLOWED_TO_SIGN", "not_allowed",
        "SIGNATURE_NOT_ALLOWED", "not_allowed", // its name in the swagger
        "REJECTED", "user_rejected",
        "EXPIRED", "user_expired");
    private static final SecureRandom RANDOM = new SecureRandom();

    /** What a person's signature is asked for, and the file it goes into, if we make one. */
    private record ToBeSigned(String id, String value, Cades file) {}

    /** One person on the way through identification and signing. */
    private static final class Session {
        JSONArray documents;
        JSONArray description;
        JSONArray signerRole;
        String lang;
        String policy;
        String commitment;
        String identificationId;
        String userCode;
        List<X509Certificate> certificates; // the signer's own first
        List<ToBeSigned> toBeSigned;
        boolean starting; // the sign request went out, and has not been answered
        String signingId;
        /** What we put behind the addresses, one for each time the browser leaves. */
        final List<String> contexts = new ArrayList<>();
        String redirect;
        Map<String, Object> result;
        Exception refusal;
    }

    private final Map<String, Session> sessions = new ConcurrentHashMap<>();
    private final String baseUrl;
    private final String redirectUrl;
    private final JSONObject us;
    private final HttpClient http;

    /** Our registered certificate goes with every call; no redirect is followed, no cookie kept. */
    ItsmeSign(JSONObject settings, String caFile) throws GeneralSecurityException, IOException {
        baseUrl = settings.getAsString("base_url").replaceAll("/+$", "");
        redirectUrl = settings.getAsString("redirect_url");
        us = new JSONObject().appendField("partnerCode", settings.getAsString("partner_code"))
            .appendField("serviceCode", settings.getAsString("service_code"));
        http = HttpClient.newBuilder()
            .sslContext(MutualTls.context(caFile, settings.getAsString("client_certificate_file"),
                settings.getAsString("client_key_file")))
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(Duration.ofSeconds(5))
            .build();
    }

    // The flow.

    /** Opens an identification session; gives a name for ours, and where the browser goes. */
    @Override
    public Map<String, Object> start(JSONObject order) throws Exception {
        var session = new Session();
        session.documents = checked((JSONArray) order.get("documents"));
        session.description = fitted(order, "description", 255, "ISO-8859-15");
        session.signerRole = fitted(order, "signer_role", 50, "ISO-8859-1", "ISO-8859-15");
        choose(session, order, answer("GET", "/.well-known/configuration", null));
        var needsPolicy = session.signerRole != null || session.commitment != null;
        need(session.policy != null || !needsPolicy, "no policy that a role or commitment goes with");

        var body = who().appendField("redirectUrl", redirectUrl).appendField("lang", session.lang);
        var userCode = order.getAsString("user_code");
        if (userCode != null && !userCode.isEmpty()) body.put("userCode", userCode);
        var answer = needOk(answer("POST", "/user_identification", body));
        // The swagger spells it with a small d.
        session.identificationId =
            text(answer, answer.containsKey("asyncRespID") ? "asyncRespID" : "asyncRespId");
        var name = random();
        sessions.put(name, session);
        var redirect = leaveFor(session, address(answer, "identificationUrl"));
        return Map.of("session", name, "redirect", redirect);
    }

    /** Asks how a session stands, now that the browser is back: coming back proves nothing. */
    @Override
    public Map<String, Object> resume(String name, String returnedTo) throws Exception {
        var session = name == null ? null : sessions.get(name);
        need(session != null, "there is no such session");
        synchronized (session) { // who reloads the page waits for the first answer
            var current = session.contexts.get(session.contexts.size() - 1);
            var told = OUR_CONTEXT.matcher(returnedTo == null ? "" : returnedTo).results()
                .map(found -> found.group(1)).toList();
            var context = told.isEmpty() ? current : told.get(0);
            need(told.size() < 2 && session.contexts.contains(context),
                "the browser came back to another session");
            if (session.refusal != null) throw session.refusal;
            if (session.result != null) return session.result;
            if (!context.equals(current)) return Map.of("redirect", session.redirect); // loaded again
            try {
                return session.signingId == null ? identified(session) : signed(session);
            } catch (Exception error) {
                // A question that got no answer may be asked again; every other failure is the end.
                var unanswered = error instanceof SignLines.Refused no && no.kind.equals("transport");
                if (!unanswered || session.starting) session.refusal = error;
                throw error;
            }
        }
    }

    /** Who was identified? Then hash, and open the sign session. */
    private Map<String, Object> identified(Session session) throws Exception {
        var body = who().appendField("asyncRespID", session.identificationId);
        var answer = answer("POST", "/user_identification/status", body);
        if (answer == null) return Map.of("pending", true);
        needOk(answer);
        session.userCode = text(answer, "userCode");
        session.certificates = signer(answer);
        session.starting = true; // from here on nothing is repeated
        session.toBeSigned = new ArrayList<>();
        for (var document : session.documents) {
            session.toBeSigned.add(toBeSigned((JSONObject) document, session.certificates));
        }
        var request = signRequest(session);
        var started = answer("POST", "/sign_document", request);
        need(major(started).equals(PENDING), "a sign session cannot have ended before it began");
        need(request.get("reqID").equals(started.get("reqID")), "the answer is to another request");
        var itsme = member(member(started, "optOutp"), "itsme");
        need(session.userCode.equals(itsme.getOrDefault("userCode", session.userCode)),
            "the sign session is another person's");
        var url = address(itsme, "signingUrl");
        session.signingId = text(started, "respID");
        session.starting = false;
        return Map.of("redirect", leaveFor(session, url));
    }

    private JSONObject signRequest(Session session) {
        var hashes = new JSONArray();
        for (var one : session.toBeSigned) {
            var hash = Map.of("alg", SHA256, "value", one.value);
            hashes.add(Map.of("id", one.id, "di", List.of(hash)));
        }
        var itsme = who().appendField("signer", Map.of("userCode", session.userCode))
            .appendField("redirectUrl", redirectUrl);
        if (session.description != null) itsme.put("description", session.description);
        if (session.policy != null) {
            var policy = new JSONObject().appendField("signPolicyRef", session.policy);
            if (session.commitment != null) policy.put("commitmentTypeRef", session.commitment);
            if (session.signerRole != null) policy.put("signerRole", session.signerRole);
            itsme.put("signPolicy", policy);
        }
        return new JSONObject().appendField("inDocs", Map.of("docHash", hashes))
            .appendField("reqID", UUID.randomUUID().toString())
            .appendField("asyncRespID", null) // a new session
            .appendField("optInp", Map.of("lang", session.lang, "itsme", itsme));
    }

    /** Are there signatures? Then verify each of them, and only then say so. */
    private Map<String, Object> signed(Session session) throws Exception {
        var answer = answer("POST", "/sign_document", new JSONObject().appendField("inDocs", null)
            .appendField("reqID", UUID.randomUUID().toString())
            .appendField("asyncRespID", session.signingId)
            .appendField("optInp", Map.of("itsme", us)));
        need(session.signingId.equals(answer.getOrDefault("respID", session.signingId)),
            "the answer is about another session");
        if (major(answer).equals(PENDING)) return Map.of("pending", true);
        var values = matched(answer.get("sigObj"), session.toBeSigned);
        var signatures = new JSONArray();
        var containers = new JSONArray();
        var base64 = Base64.getEncoder();
        for (var one : session.toBeSigned) {
            var value = values.get(one.id);
            need("invalid_signature", verifies(value, one.value, session.certificates.get(0)),
                "a signature does not verify");
            signatures.add(Map.of("id", one.id, "value", base64.encodeToString(value)));
            if (one.file != null) {
                var content = base64.encodeToString(one.file.finish(value));
                containers.add(Map.of("id", one.id, "content", content));
            }
        }
        var result = new JSONObject().appendField("signatures", signatures)
            .appendField("certificate", pem(session.certificates.get(0)))
            .appendField("user_code", session.userCode);
        if (!containers.isEmpty()) result.put("containers", containers);
        session.result = result;
        return result;
    }

    // The calls.

    private JSONObject who() {
        return new JSONObject(us);
    }

    /** The members of a good answer, or null for the conflict that means "wait". */
    private JSONObject answer(String method, String path, JSONObject body) throws Exception {
        var response = send(method, path, body);
        var members = parsed(response.body());
        var status = response.statusCode();
        var reason = reasonIn(members);
        var asksWho = path.equals("/user_identification/status");
        if (status == 409 && reason.equals("PENDING") && asksWho) return null;
        if (status != 200) throw refusal(status, reason); // first, whatever the body says
        var type = response.headers().firstValue("content-type").orElse("");
        need(type.regionMatches(true, 0, "application/json", 0, 16), "the answer is not application/json");
        need(members != null, "the answer is no JSON object");
        return members;
    }

    private HttpResponse<String> send(String method, String path, JSONObject body) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(baseUrl + "/qes-partners/1.0.0" + path))
            .timeout(Duration.ofSeconds(5)).header("Accept", "application/json");
        if (body == null) {
            request.method(method, HttpRequest.BodyPublishers.noBody());
        } else {
            var json = body.toJSONString(JSONStyle.LT_COMPRESS);
            request.header("Content-Type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofString(json));
        }
        try {
            var text = HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8);
            return http.send(request.build(), text);
        } catch (IOException error) {
            throw new SignLines.Refused("transport", error.toString());
        }
    }

    private static JSONObject parsed(String text) {
        try {
            var parser = new JSONParser(JSONParser.MODE_RFC4627);
            return parser.parse(text) instanceof JSONObject members ? members : null;
        } catch (ParseException error) {
            return null;
        }
    }

    /** The reason of an error, in either documented shape; errors may also come without a body. */
    private static String reasonIn(JSONObject members) {
        if (members == null) return "";
        var reason = members.get("statusReason");
        if (reason == null && members.get("result") instanceof JSONObject told) reason = told.get("min");
        return reason instanceof String text ? text : "";
    }

    private static SignLines.Refused refusal(int status, String reason) {
        var kind = KINDS.getOrDefault(reason, "provider_error");
        return new SignLines.Refused(kind, "the provider answered " + status + " " + reason);
    }

    private static JSONObject needOk(JSONObject answer) throws SignLines.Refused {
        if (!"OK".equals(answer.get("status"))) throw refusal(200, reasonIn(answer));
        return answer;
    }

    /** Only Success means signed and only Pending means wait; besides, there are two errors. */
    private static String major(JSONObject answer) throws SignLines.Refused {
        var major = member(answer, "result").get("maj");
        if (major != null && ERRORS.contains(major)) throw refusal(200, reasonIn(answer));
        need(PENDING.equals(major) || SUCCESS.equals(major), "none of the four results");
        return (String) major;
    }

    // What a caller hands over.

    private static JSONArray checked(JSONArray documents) throws SignLines.Refused {
        need(documents.size() >= 1 && documents.size() <= 70, "one to 70 documents can be signed at once");
        var ids = new HashSet<String>();
        for (var document : documents) {
            var told = (JSONObject) document;
            var id = text(told, "id");
            need(ids.add(id), "two documents have the same id");
            var hash = told.get("sha256");
            need((hash == null) != (told.get("content") == null), id + " needs a hash or a content");
            var bytes = unbase64(hash == null ? told.get("content") : hash);
            need(hash == null || bytes.length == 32, "the hash of " + id + " is not one of SHA-256");
        }
        return documents;
    }

    /** Language, policy and commitment type as the provider offers them now. */
    private static void choose(Session session, JSONObject order, JSONObject offer)
        throws SignLines.Refused {
        var wanted = order.getAsString("lang");
        var plain = wanted.split("[-_]")[0];
        session.lang = list(offer, "sign_languages_supported").stream().map(String::valueOf)
            .filter(plain::equalsIgnoreCase).findFirst().orElse(null);
        need(session.lang != null, "the provider does not speak " + wanted);

        var enabled = list(offer, "sign_policy_templates_supported").stream()
            .filter(one -> one instanceof JSONObject policy
                && "ENABLED".equals(policy.getOrDefault("status", "ENABLED")))
            .map(one -> ((JSONObject) one).getAsString("ref")).filter(Objects::nonNull).toList();
        var policy = order.getAsString("sign_policy");
        need(policy == null || enabled.contains(policy), "the provider has no policy " + policy);
        session.policy = policy != null ? policy : enabled.stream()
            .filter(ref -> GENERIC_POLICY.matcher(ref).matches())
            .max(Comparator.comparing(ItsmeSign::arcs, Arrays::compare)).orElse(null);

        var commitment = order.getAsString("commitment_type");
        need(commitment == null || list(offer, "commitment_types_supported").stream().anyMatch(
            one -> one instanceof JSONObject type && commitment.equals(type.get("ref"))),
            "the provider has no commitment type " + commitment);
        session.commitment = commitment;
    }

    private static int[] arcs(String oid) {
        return Arrays.stream(oid.split("\\.")).mapToInt(Integer::parseInt).toArray();
    }

    private static final Map<String, String> REPLACED = Map.ofEntries(
        Map.entry("\u2018", "'"), Map.entry("\u2019", "'"), Map.entry("\u201c", "\""),
        Map.entry("\u201d", "\""), Map.entry("\u201e", "\""), Map.entry("\u2011", "-"),
        Map.entry("\u2013", "-"), Map.entry("\u2014", "-"), Map.entry("\u2026", "..."),
        Map.entry("\u2022", "-"), Map.entry("\u20ac", "EUR"), Map.entry("\u0153", "oe"),
        Map.entry("\u0152", "OE"), Map.entry("\u00bd", "1/2"), Map.entry("\u00bc", "1/4"),
        Map.entry("\u00be", "3/4"));

    /** A text in its four languages, in characters that can be sent; too long a one is refused. */
    private static JSONArray fitted(JSONObject order, String name, int longest, String... charsets)
        throws SignLines.Refused {
        if (!(order.get(name) instanceof JSONObject texts)) return null;
        var given = new TreeMap<String, Object>(String.CASE_INSENSITIVE_ORDER);
        given.putAll(texts);
        need(given.size() == LANGUAGES.size() && texts.size() == LANGUAGES.size(),
            "a text is needed in each of " + LANGUAGES);
        var fitted = new JSONArray();
        for (var lang : LANGUAGES) {
            var told = text(given, lang).strip().replaceAll("\\s+", " ");
            var value = new StringBuilder();
            Normalizer.normalize(told, Normalizer.Form.NFC).codePoints().mapToObj(Character::toString)
                .forEach(sign -> value.append(
                    fits(sign, charsets) ? sign : REPLACED.getOrDefault(sign, sign)));
            need(fits(value.toString(), charsets), "a text has signs that cannot be sent");
            need(value.length() >= 1 && value.length() <= longest,
                "a text has more than " + longest + " characters, or none");
            fitted.add(Map.of("lang", lang.toUpperCase(Locale.ROOT), "value", value.toString()));
        }
        return fitted;
    }

    private static boolean fits(String text, String... charsets) {
        return text.chars().noneMatch(Character::isISOControl) && Arrays.stream(charsets)
            .allMatch(charset -> Charset.forName(charset).newEncoder().canEncode(text));
    }

    // What the provider answers.

    /** The provider's address with our parameter behind it, and nothing else touched. */
    private static String leaveFor(Session session, String url) {
        var parts = url.split("#", 2);
        session.contexts.add(random());
        var own = CONTEXT + "=" + session.contexts.get(session.contexts.size() - 1);
        session.redirect = parts[0] + (parts[0].contains("?") ? "&" : "?") + own
            + (parts.length > 1 ? "#" + parts[1] : "");
        return session.redirect;
    }

    /** The signer's certificate is the one that stands alone; those above it follow. */
    private static List<X509Certificate> signer(JSONObject answer) throws SignLines.Refused {
        var own = certificates(text(answer, "certificate"));
        need(own.size() == 1, "there is not exactly one certificate");
        var signer = own.get(0);
        var certificates = new LinkedHashSet<>(own);
        if (answer.containsKey("fullCertificateChain")) {
            var chain = certificates(text(answer, "fullCertificateChain"));
            need(chain.contains(signer), "the chain is another person's");
            certificates.addAll(chain);
        }
        need(signer.getPublicKey() instanceof RSAPublicKey, "the signer's key is not RSA");
        try {
            signer.checkValidity();
        } catch (CertificateExpiredException error) {
            throw new SignLines.Refused("expired", "the certificate has expired");
        } catch (CertificateNotYetValidException error) {
            throw new SignLines.Refused("not_yet_valid", "the certificate is not yet valid");
        }
        return List.copyOf(certificates);
    }

    private static List<X509Certificate> certificates(String pem) throws SignLines.Refused {
        try {
            var in = new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII));
            return CertificateFactory.getInstance("X.509").generateCertificates(in).stream()
                .map(X509Certificate.class::cast).toList();
        } catch (CertificateException error) {
            throw new SignLines.Refused("malformed", "no certificate that can be read");
        }
    }

    /** The hash as it was given; or that of the data to be signed, which names the certificate. */
    private static ToBeSigned toBeSigned(JSONObject document, List<X509Certificate> signer)
        throws Exception {
        var id = document.getAsString("id");
        if (document.get("sha256") != null) {
            return new ToBeSigned(id, document.getAsString("sha256"), null);
        }
        var file = new Cades(unbase64(document.get("content")), signer, Instant.now());
        return new ToBeSigned(id, Base64.getEncoder().encodeToString(file.digest()), file);
    }

    /** The raw signatures by document: one for each of ours, none for any other. */
    private static Map<String, byte[]> matched(Object entries, List<ToBeSigned> toBeSigned)
        throws SignLines.Refused {
        need(entries instanceof JSONArray list && !list.isEmpty(), "success without signatures");
        var found = new HashMap<String, byte[]>();
        for (var entry : (JSONArray) entries) {
            need(entry instanceof JSONObject, "a signature is not shaped like one");
            var told = (JSONObject) entry;
            // The document's table spells it whichdoc, its example whichDoc.
            var id = text(told, told.containsKey("whichDoc") ? "whichDoc" : "whichdoc");
            var value = unbase64(member(told, "b64Sig").get("value"));
            need(found.put(id, value) == null, "two signatures for document " + id);
        }
        var ours = new HashSet<String>();
        for (var one : toBeSigned) ours.add(one.id);
        need(found.keySet().equals(ours), "the signatures are not those of our documents");
        return found;
    }

    /** Whether a bare PKCS #1 v1.5 signature is the certificate's, over this SHA-256 digest. */
    private static boolean verifies(byte[] signature, String digest, X509Certificate certificate)
        throws GeneralSecurityException {
        var raw = Signature.getInstance("NONEwithRSA"); // the digest is not hashed again
        raw.initVerify(certificate.getPublicKey());
        raw.update(ByteBuffer.allocate(DIGEST_INFO.length + 32).put(DIGEST_INFO)
            .put(Base64.getDecoder().decode(digest)).array());
        try {
            return raw.verify(signature);
        } catch (GeneralSecurityException error) {
            return false; // not even as long as a signature
        }
    }

    // Small things.

    private static void need(boolean right, String detail) throws SignLines.Refused {
        need("malformed", right, detail);
    }

    private static void need(String kind, boolean right, String detail) throws SignLines.Refused {
        if (!right) throw new SignLines.Refused(kind, detail);
    }

    private static String text(Map<String, Object> members, String name) throws SignLines.Refused {
        need(members.get(name) instanceof String text && !text.isEmpty(), "there is no " + name);
        return (String) members.get(name);
    }

    private static JSONObject member(JSONObject members, String name) throws SignLines.Refused {
        need(members.get(name) instanceof JSONObject, "there is no " + name);
        return (JSONObject) members.get(name);
    }

    private static JSONArray list(JSONObject members, String name) throws SignLines.Refused {
        need(members.get(name) instanceof JSONArray, "there is no " + name);
        return (JSONArray) members.get(name);
    }

    private static String address(JSONObject members, String name) throws SignLines.Refused {
        var address = text(members, name);
        try {
            var parts = new URI(address);
            var known = parts.getScheme() != null && parts.getScheme().matches("(?i)https?");
            need(known && parts.getHost() != null, name + " is no address");
        } catch (URISyntaxException error) {
            throw new SignLines.Refused("malformed", name + " is no address");
        }
        return address;
    }

    private static byte[] unbase64(Object text) throws SignLines.Refused {
        var right = text instanceof String base64 && base64.length() % 4 == 0;
        need(right, "not base64");
        try {
            return Base64.getDecoder().decode((String) text);
        } catch (IllegalArgumentException error) {
            throw new SignLines.Refused("malformed", "not base64");
        }
    }

    private static String pem(X509Certificate certificate) throws GeneralSecurityException {
        var lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(certificate.getEncoded());
        return "-----BEGIN CERTIFICATE-----\n" + lines + "\n-----END CERTIFICATE-----\n";
    }

    private static String random() {
        var bytes = new byte[18];
        RANDOM.nextBytes(bytes);
        return Base64.getUrlEncoder().encodeToString(bytes);
    }

    public static void main(String[] args) throws IOException {
        var version = Runtime.version().toString();
        SignLines.serve("itsme Sign in plain Java", version, ItsmeSign::new);
    }
}
