"""Links of the simulator's OpenAPI document: what one answer gives to the next request."""

from __future__ import annotations

from .facts import ALGORITHM
from .openapi_schemas import Json, Sample

__all__ = ["to_identification_status", "to_sign_status", "to_start"]


def _given(sample: Sample) -> dict[str, str]:
    return {"partnerCode": sample.partner_code, "serviceCode": sample.service_code}


def to_identification_status(sample: Sample) -> Json:
    """Ask how the session stands that was just opened."""
    body = {**_given(sample), "asyncRespID": f"$response.body#/{sample.session_member}"}
    return {"operationId": "readIdentification", "requestBody": body}


def to_start(sample: Sample) -> Json:
    """Have the person sign whose code was just told."""
    digest = "f4OxZX/x/FO5LcGBSKHWXfwtSx+j1ncoSt3SABJtkGk="
    itsme = {
        **_given(sample),
        "signer": {"userCode": "$response.body#/userCode"},
        "redirectUrl": sample.redirect_url,
    }
    body = {
        "inDocs": {"docHash": [{"id": "contract", "di": [{"alg": ALGORITHM, "value": digest}]}]},
        "reqID": "ReqID-start",
        "asyncRespID": None,
        "optInp": {"itsme": itsme},
    }
    return {"operationId": "signDocument", "requestBody": body}


def to_sign_status(sample: Sample) -> Json:
    """Ask how the signature stands that was just ordered."""
    body = {
        "inDocs": None,
        "reqID": "ReqID-status",
        "asyncRespID": "$response.body#/respID",
        "optInp": {"itsme": _given(sample)},
    }
    return {"operationId": "signDocument", "requestBody": body}
