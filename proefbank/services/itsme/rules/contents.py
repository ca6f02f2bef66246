"""A document handed over whole: the certificate is in what is signed, the signature in the file."""

from __future__ import annotations

import hashlib

from proefbank.judge import DoesNotApply, rule
from proefbank.verdict import Finding

from ..wire.containers import Container, opened
from ..wire.contents import ContainerMade, ContentHashed


@rule("itsme.flow.data-to-be-signed-includes-the-certificate")
def data_includes_the_certificate(hashed: ContentHashed) -> Finding | None:
    """Without it a signature could be given out as that of another certificate."""
    where = "sign_document (start), inDocs.docHash[].di[].value"
    expected = "the hash of the data to be signed, in which the signer's certificate is"
    if hashed.digest in hashed.bare:
        return Finding(where, expected=expected, actual="the hash of the bare document")
    made = hashed.container
    if made is None or made.kind == "XML" or not made.value:
        return None  # what is in there is only known to who made it
    if not made.names_certificate:
        return Finding(where, expected=expected, actual="data that names no certificate")
    if hashed.certificate is None or not made.certificates:
        return None
    own = {digest(hashed.certificate) for digest in _DIGESTS}
    if own.isdisjoint(made.certificates):
        return Finding(where, expected=expected, actual="data that names another certificate")
    return None


def _sha1(data: bytes) -> bytes:
    return hashlib.sha1(data, usedforsecurity=False).digest()  # the older attribute has no other


_DIGESTS = (
    lambda data: hashlib.sha256(data).digest(),
    lambda data: hashlib.sha384(data).digest(),
    lambda data: hashlib.sha512(data).digest(),
    _sha1,
)


@rule("itsme.flow.signature-goes-into-an-ades-container")
def signature_goes_into_a_container(made: ContainerMade) -> Finding | None:
    """What the user takes home is the file, and the file has to hold his signature."""
    if not made.files:
        raise DoesNotApply("the application hands over bare values; its caller makes the files")
    for name, content in made.files.items():
        container = opened(content) if content else None
        if container is None:
            raise DoesNotApply(f"{name} is no PDF, CMS or XML that the bench can read")
        if problem := _problem(container, made):
            return Finding(
                f"sign.resume, container {name} ({container.kind})",
                expected="a signed file that holds the signature which came",
                actual=problem,
            )
    return None


def _problem(container: Container, made: ContainerMade) -> str:
    if not container.value.strip(b"\0"):
        return "no signature value"
    if container.value not in made.told.values():
        return "another signature value"
    if container.signed_digest is not None and container.signed_digest not in made.digests:
        return "other signed attributes than those whose hash was sent"
    content, message = container.content_digest, container.message_digest
    if content is not None and message is not None and content != message:
        return "a digest of another content"
    return ""
