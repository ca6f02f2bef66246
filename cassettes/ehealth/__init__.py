"""Recorded conversations of consumers of eHealth tokens."""
