"""Judgements on social security clients, found by being in this folder."""
