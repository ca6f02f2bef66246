"""The reference client: an application that has hashes signed through itsme, as it should.

Read `signer` first: it is the flow. `interface` makes the calls and reads the answers,
`configuration` chooses from what the provider offers, `texts` and `documents` check what a
caller hands over, `signatures` believes no signature that does not verify, `containers` makes
signed PDF and CMS files, and `session` holds what is remembered of a person on the way.
"""

from .configuration import Configuration
from .documents import Document
from .interface import Interface
from .session import Identity, Order, SignSession
from .signer import ReferenceSigner

__all__ = [
    "Configuration",
    "Document",
    "Identity",
    "Interface",
    "Order",
    "ReferenceSigner",
    "SignSession",
]
