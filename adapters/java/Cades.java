import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/**
 * CAdES-BES around a content, with an external signature: first the attributes, which name the
 * signer's certificate and whose hash gets signed, then the CMS (RFC 5652, RFC 5035).
 */
final class Cades {
    private static final byte[] DATA = oid("06092a864886f70d010701");
    private static final byte[] SIGNED_DATA = oid("06092a864886f70d010702");
    private static final byte[] CONTENT_TYPE = oid("06092a864886f70d010903");
    private static final byte[] MESSAGE_DIGEST = oid("06092a864886f70d010904");
    private static final byte[] SIGNING_TIME = oid("06092a864886f70d010905");
    private static final byte[] SIGNING_CERTIFICATE_V2 = oid("060b2a864886f70d010910022f");
    private static final byte[] SHA256 = sequence(oid("0609608648016503040201"), element(0x05));
    private static final byte[] RSA = sequence(oid("06092a864886f70d010101"), element(0x05));
    private static final DateTimeFormatter UTC_TIME =
        DateTimeFormatter.ofPattern("yyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);

    private final byte[] content;
    private final List<X509Certificate> certificates;
    private final byte[][] attributes;

    /** Begins a signature by the first of the certificates; the rest are those above it. */
    Cades(byte[] content, List<X509Certificate> certificates, Instant at)
        throws GeneralSecurityException {
        this.content = content;
        this.certificates = certificates;
        var time = UTC_TIME.format(at).getBytes(StandardCharsets.US_ASCII);
        // SHA-256 is the default of ESSCertIDv2, so the certificate's hash is all there is to say.
        var signer = element(0x04, sha256(certificates.get(0).getEncoded()));
        attributes = new byte[][] {
            attribute(CONTENT_TYPE, DATA),
            attribute(MESSAGE_DIGEST, element(0x04, sha256(content))),
            attribute(SIGNING_TIME, element(0x17, time)),
            attribute(SIGNING_CERTIFICATE_V2, sequence(sequence(sequence(signer)))),
        };
    }

    /** What the person signs. */
    byte[] digest() throws GeneralSecurityException {
        return sha256(set(0x31, attributes));
    }

    /** The CMS, with the content inside. */
    byte[] finish(byte[] signature) throws GeneralSecurityException {
        var signer = certificates.get(0);
        var issuer = signer.getIssuerX500Principal().getEncoded();
        var serial = element(0x02, signer.getSerialNumber().toByteArray());
        var one = element(0x02, new byte[] {1});
        var encoded = new byte[certificates.size()][];
        for (var i = 0; i < encoded.length; i++) encoded[i] = certificates.get(i).getEncoded();
        var signerInfo = sequence(one, sequence(issuer, serial), SHA256, set(0xa0, attributes), RSA,
            element(0x04, signature));
        var signedData = sequence(one, element(0x31, SHA256),
            sequence(DATA, element(0xa0, element(0x04, content))),
            set(0xa0, encoded), element(0x31, signerInfo));
        return sequence(SIGNED_DATA, element(0xa0, signedData));
    }

    static byte[] sha256(byte[] data) throws GeneralSecurityException {
        return MessageDigest.getInstance("SHA-256").digest(data);
    }

    private static byte[] oid(String hex) {
        return HexFormat.of().parseHex(hex);
    }

    private static byte[] attribute(byte[] type, byte[] value) {
        return sequence(type, element(0x31, value));
    }

    private static byte[] sequence(byte[]... contents) {
        return element(0x30, contents);
    }

    /** DER has the members of a set in order. */
    private static byte[] set(int tag, byte[]... members) {
        return element(tag, Stream.of(members).sorted(Arrays::compareUnsigned).toArray(byte[][]::new));
    }

    private static byte[] element(int tag, byte[]... contents) {
        var content = new ByteArrayOutputStream();
        for (var part : contents) content.writeBytes(part);
        var out = new ByteArrayOutputStream();
        out.write(tag);
        var size = content.size();
        if (size < 128) {
            out.write(size);
        } else {
            var octets = (Integer.SIZE - Integer.numberOfLeadingZeros(size) + 7) / 8;
            out.write(128 | octets);
            for (var shift = 8 * (octets - 1); shift >= 0; shift -= 8) out.write(size >> shift);
        }
        out.writeBytes(content.toByteArray());
        return out.toByteArray();
    }
}
