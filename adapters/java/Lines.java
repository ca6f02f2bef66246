import java.io.*;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import net.minidev.json.JSONObject;
import net.minidev.json.JSONValue;

/** The adapter protocol, version 1: copy this file, Client.java and Pem.java next to yours. */
final class Lines {
    @SuppressWarnings("unchecked")
    static void serve(String name, String version, Client.Opener opener) throws IOException {
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
                        .appendField("capabilities", List.of("token", "api"));
                } else if (cmd.equals("scenario")) {
                    var service = (Map<String, String>) message.get("socialsecurity");
                    client = opener.open(service, message.getAsString("ca_file"));
                } else if (cmd.equals("call")) {
                    var op = message.getAsString("op");
                    var value = perform(client, op, (JSONObject) message.get("args"));
                    answer.put("outcome", value == null ? "unsupported" : "accepted");
                    answer.put(value == null ? "reason" : "value", value == null ? op : value);
                }
            } catch (Exception error) {
                var kind = !cmd.equals("call") ? null
                    : error instanceof Client.Refused api ? api.kind : client.classify(error);
                answer.put("outcome", kind == null ? "crashed" : "rejected");
                if (kind != null) answer.put("class", kind);
                answer.put("detail", error.toString());
            }
            out.println(answer.toJSONString());
        }
    }

    private static Object perform(Client client, String op, JSONObject args) throws Exception {
        return switch (op) {
            case "token.fetch" -> client.fetch(args.getAsString("scope"));
            case "api.call" -> client.call(args.getAsString("method"), args.getAsString("path"),
                args.get("body"));
            default -> null;
        };
    }
}
