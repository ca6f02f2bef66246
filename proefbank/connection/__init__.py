"""Preflight: whether a client and what it talks to can be judged at all."""
