"""What answers and requests look like, as schemas for the simulator's OpenAPI document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import facts

__all__ = [
    "LANGUAGE",
    "SCHEMAS",
    "TEXT",
    "Json",
    "Sample",
    "identification",
    "identification_status",
    "sign_document",
]

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sample:
    """The partner whose codes the document names, so that generated requests can succeed."""

    partner_code: str
    service_code: str
    redirect_url: str
    user_codes: tuple[str, ...] = ()
    front: str | None = None
    """Origin of the pages, if it is another."""
    session_member: str = "asyncRespID"
    """How answers of now spell the id of an identification session."""


TEXT: Json = {"type": "string"}
_ID: Json = {"type": "string", "minLength": 36, "maxLength": 36}
_URL: Json = {"type": "string", "format": "uri"}
LANGUAGE: Json = {"type": "string", "enum": list(facts.LANGUAGES)}
_MAJORS = [facts.MAJ_PENDING, facts.MAJ_SUCCESS, facts.MAJ_REQUESTER, facts.MAJ_RESPONDER]


def _object(required: str, **properties: Json) -> Json:
    """Return the schema of an object; `required` names members, with spaces between them."""
    return {"type": "object", "required": required.split(), "properties": properties}


def _list(items: Json, **bounds: int) -> Json:
    return {"type": "array", "items": items, **bounds}


_WORDS: Json = {"type": "string", "pattern": f"^[ -~]{{1,{facts.SWAGGER_TEXT_LIMIT}}}$"}
"""Less than what is allowed, so that it is in every dialect."""
_LABELS: Json = {
    "type": "array",
    "prefixItems": [
        _object("lang value", lang={"const": lang}, value=_WORDS) for lang in facts.LANGUAGES
    ],
    "items": False,
    "minItems": len(facts.LANGUAGES),
}
_OFFERED = {"oid": TEXT, "ref": TEXT, "text": {"type": "object"}}
SCHEMAS: Json = {
    "Configuration": _object(
        "sign_policy_templates_supported commitment_types_supported sign_languages_supported",
        sign_policy_templates_supported=_list(
            _object(
                "oid ref url status sigDigest sigDigestAlg text",
                **_OFFERED,
                url=_URL,
                status={"enum": ["ENABLED", "DISABLED"]},
                sigDigest={"type": "string", "pattern": "^[0-9a-f]+$"},
                sigDigestAlg={"enum": ["SHA256", "SHA512"]},
            )
        ),
        commitment_types_supported=_list(_object("oid ref text", **_OFFERED)),
        sign_languages_supported=_list(TEXT),
    ),
    "Refused": _object("status statusReason", status={"const": "NOK"}, statusReason=TEXT),
    "Opened": _object(
        "status identificationUrl",
        status={"const": "OK"},
        asyncRespID=_ID,
        asyncRespId=_ID,
        identificationUrl=_URL,
    )
    | {"anyOf": [{"required": ["asyncRespID"]}, {"required": ["asyncRespId"]}]},
    "Person": _object(
        "status userCode certificate fullCertificateChain",
        status={"const": "OK"},
        userCode=_ID,
        certificate={"type": "string", "pattern": "^-----BEGIN CERTIFICATE-----\\n"},
        fullCertificateChain=TEXT,
    ),
    "Result": _object(
        "maj",
        maj={"enum": _MAJORS},
        min=TEXT,
        msg={"anyOf": [TEXT, _object("lang value", lang=TEXT, value=TEXT)]},
    ),
    "SignAnswer": _object(
        "result reqID",
        result={"$ref": "#/components/schemas/Result"},
        reqID=TEXT,
        respID=_ID,
        optOutp=_object(
            "itsme", itsme=_object("signingUrl userCode", signingUrl=_URL, userCode=_ID)
        ),
        sigObj=_list(
            _object("b64Sig whichDoc", b64Sig=_object("value", value=TEXT), whichDoc=TEXT)
        ),
    ),
    "SignRefused": {
        "anyOf": [
            {"$ref": "#/components/schemas/SignAnswer"},
            {"$ref": "#/components/schemas/Refused"},
        ]
    },
}


def _codes(sample: Sample) -> dict[str, Json]:
    return {
        "partnerCode": {"enum": [sample.partner_code]},
        "serviceCode": {"enum": [sample.service_code]},
    }


def identification(sample: Sample) -> Json:
    """Return a request to open an identification session."""
    known = {"enum": [*sample.user_codes, None]}
    return _object(
        "partnerCode serviceCode redirectUrl lang",
        **_codes(sample),
        redirectUrl={"enum": [sample.redirect_url]},
        lang=LANGUAGE,
        userCode=known,
    )


def _start(sample: Sample) -> Json:
    code = {"enum": list(sample.user_codes)} if sample.user_codes else _ID
    digest = {"type": "string", "pattern": "^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$"}
    info = _object("alg value", alg={"const": facts.ALGORITHM}, value=digest)
    document = _object("id di", id={"type": "string", "minLength": 1}, di=_list(info, minItems=1))
    itsme = _object(
        "signer partnerCode serviceCode redirectUrl",
        signer=_object("userCode", userCode=code),
        **_codes(sample),
        redirectUrl={"enum": [sample.redirect_url]},
        description={"anyOf": [{"type": "null"}, _LABELS]},
    )
    return _object(
        "inDocs reqID optInp",
        inDocs=_object("docHash", docHash=_list(document, minItems=1, maxItems=facts.BATCH_LIMIT)),
        reqID={"type": "string", "minLength": 1},
        asyncRespID={"type": "null"},
        optInp=_object("itsme", lang={"enum": [None, *facts.LANGUAGES]}, itsme=itsme),
    )


def _status(sample: Sample) -> Json:
    itsme = _object("partnerCode serviceCode", **_codes(sample))
    return _object(
        "inDocs reqID asyncRespID optInp",
        inDocs={"description": "Null is asked for; anything else is noted, the id wins."},
        reqID={"type": "string", "minLength": 1},
        asyncRespID=_ID,
        optInp=_object("itsme", itsme=itsme),
    )


def identification_status(sample: Sample) -> Json:
    """Return a request about an identification session."""
    return _object("partnerCode serviceCode asyncRespID", **_codes(sample), asyncRespID=_ID)


def sign_document(sample: Sample) -> Json:
    """Return a request to start a sign session, or about one."""
    return {"anyOf": [_start(sample), _status(sample)]}
