import java.io.*;
import java.nio.charset.StandardCharsets;
import java.util.*;
import java.util.concurrent.Executors;
import java.util.function.Function;
import net.minidev.json.JSONArray;
import net.minidev.json.JSONObject;
import net.minidev.json.JSONValue;

/** The adapter protocol, version 1, around a verifier of tokens: copy it and Pem.java. */
final class JwtLines {
    private static final int MOST = 8;

    /** Gives the claims of a token, or throws. */
    interface Verifier {
        Map<String, Object> verify(String token) throws Exception;
    }

    /** Makes the verifier of one realm. */
    interface Opener {
        Verifier open(JSONObject realm, String caFile) throws Exception;
    }

    static void serve(String name, String version, Opener opener,
        Function<Exception, String> classify) throws IOException {
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        var me = Map.of("name", name, "version", version, "language", "Java");
        var realms = new LinkedHashMap<String, Verifier>();
        var calls = Executors.newFixedThreadPool(MOST);
        for (String line, cmd = ""; !cmd.equals("bye") && (line = in.readLine()) != null; ) {
            var message = (JSONObject) JSONValue.parse(line);
            var answer = new JSONObject(Map.of("seq", message.get("seq")));
            cmd = message.getAsString("cmd");
            try {
                if (cmd.equals("hello")) {
                    var mine = ((List<?>) message.get("protocols")).contains(1);
                    answer.appendField("protocol", mine ? 1 : null).appendField("clock", "system")
                        .appendField("implementation", me).appendField("concurrency", MOST)
                        .appendField("capabilities", List.of("jwt"));
                } else if (cmd.equals("scenario")) {
                    realms.clear();
                    var told = message.get("ehealth");
                    for (var realm : told instanceof JSONArray many ? many : List.of(told)) {
                        var one = (JSONObject) realm;
                        var verifier = opener.open(one, message.getAsString("ca_file"));
                        realms.put(one.getAsString("issuer"), verifier);
                    }
                } else if (cmd.equals("call")) {
                    var args = (JSONObject) message.get("args");
                    var issuer = args.getAsString("issuer");
                    var verifier = issuer == null ? realms.values().iterator().next()
                        : realms.get(issuer);
                    calls.execute(() -> {
                        verify(verifier, args.getAsString("token"), classify, answer);
                        out.println(answer.toJSONString());
                    });
                    continue;
                }
            } catch (Exception error) {
                answer.put("outcome", "crashed");
                answer.put("detail", error.toString());
            }
            out.println(answer.toJSONString());
        }
        calls.shutdown();
    }

    private static void verify(Verifier verifier, String token,
        Function<Exception, String> classify, JSONObject answer) {
        try {
            answer.put("value", Map.of("claims", verifier.verify(token)));
            answer.put("outcome", "accepted");
        } catch (Exception error) {
            var kind = classify.apply(error);
            answer.put("outcome", kind == null ? "crashed" : "rejected");
            if (kind != null) answer.put("class", kind);
            answer.put("detail", error.toString());
        } catch (Error error) { // a stack that overflows, say: the others go on
            answer.appendField("outcome", "crashed").appendField("detail", error.toString());
        }
    }
}
