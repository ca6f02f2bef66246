import java.io.*;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import net.minidev.json.JSONObject;
import net.minidev.json.JSONValue;

/** The adapter protocol, version 1, around a client of itsme Sign: copy it next to yours. */
final class SignLines {
    /** A client of one scenario; an accepted operation returns its value, any other throws. */
    interface Client {
        Map<String, Object> start(JSONObject order) throws Exception;

        Map<String, Object> resume(String session, String returnedTo) throws Exception;
    }

    /** Makes the client of one scenario. */
    interface Opener {
        Client open(JSONObject settings, String caFile) throws Exception;
    }

    /** A refusal with its outcome class; every other exception is a crash. */
    static final class Refused extends Exception {
        final String kind;

        Refused(String kind, String detail) {
            super(detail);
            this.kind = kind;
        }
    }

    static void serve(String name, String version, Opener opener) throws IOException {
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        var me = Map.of("name", name, "version", version, "language", "Java");
        Client client = null;
        for (String line, cmd = ""; !cmd.equals("bye") && (line = in.readLine()) != null; ) {
            var message = (JSONObject) JSONValue.parse(line);
            var answer = new JSONObject(Map.of("seq", message.get("seq")));
            cmd = message.getAsString("cmd");
            try {
                if (cmd.equals("hello")) {
                    var mine = ((List<?>) message.get("protocols")).contains(1);
                    answer.appendField("protocol", mine ? 1 : null).appendField("clock", "system")
                        .appendField("implementation", me)
                        .appendField("capabilities", List.of("sign"));
                } else if (cmd.equals("scenario")) {
                    var settings = (JSONObject) message.get("itsme");
                    client = opener.open(settings, message.getAsString("ca_file"));
                } else if (cmd.equals("call")) {
                    var op = message.getAsString("op");
                    var value = perform(client, op, (JSONObject) message.get("args"));
                    answer.put("outcome", value == null ? "unsupported" : "accepted");
                    answer.put(value == null ? "reason" : "value", value == null ? op : value);
                }
            } catch (Refused refusal) {
                answer.appendField("outcome", "rejected").appendField("class", refusal.kind)
                    .appendField("detail", refusal.getMessage());
            } catch (Exception error) {
                answer.appendField("outcome", "crashed").appendField("detail", error.toString());
            }
            out.println(answer.toJSONString());
        }
    }

    private static Map<String, Object> perform(Client client, String op, JSONObject args)
        throws Exception {
        return switch (op) {
            case "sign.start" -> client.start(args);
            case "sign.resume" ->
                client.resume(args.getAsString("session"), args.getAsString("returned_to"));
            default -> null;
        };
    }
}
