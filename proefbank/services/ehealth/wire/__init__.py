"""Typed readings of how a consumer fetches keys, and of which tokens it accepts.

They read the journal by themselves and use no JOSE library: the provider signs with one, so a
bug cannot hide in both.
"""
