import java.util.Map;
import net.minidev.json.JSONObject;
import net.minidev.json.JSONValue;

/** A client under test: an accepted operation returns its value, any other throws. */
interface Client {
    Map<String, Object> fetch(String scope) throws Exception;

    Map<String, Object> call(String method, String path, Object body) throws Exception;

    /** The outcome class of an exception; null is a crash. */
    String classify(Exception error);

    /** Makes the client of one scenario. */
    interface Opener {
        Client open(Map<String, String> service, String caFile) throws Exception;
    }

    /** The API answered with a status other than 2xx. */
    final class Refused extends Exception {
        final String kind;

        Refused(int status) {
            super("HTTP " + status);
            kind = status == 403 ? "not_allowed" : "provider_error";
        }
    }

    /** What api.call gives for an HTTP answer, whichever library brought it. */
    static Map<String, Object> apiValue(int status, String type, String text) throws Refused {
        if (status < 200 || status > 299) throw new Refused(status);
        var body = text == null || text.isEmpty() ? null : text;
        var isJson = body != null && String.valueOf(type).contains("json");
        return new JSONObject(Map.of("status", status))
            .appendField("body", isJson ? JSONValue.parse(body) : body);
    }
}
