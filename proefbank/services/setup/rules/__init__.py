"""Judgements on artefacts, found by being in this folder."""
