"""The sign-off package: a run that somebody answers for, in a form that others can check.

`manifest.jws` is a detached signature over `manifest.json`, which has the digest of every other
file. What the signer declares (names, roles, validity, reservations) stands in its protected
header and in `report.json`.
"""
