"""Acceptance environments: doors that forward and record, and runs in front of them."""
