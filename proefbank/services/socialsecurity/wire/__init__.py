"""Typed readings of what a client said to the token server and to the FLA API.

They read raw headers and claims by themselves and use no JOSE library: the provider enforces
with one, so a bug cannot hide in both.
"""
