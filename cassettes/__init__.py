"""Recorded conversations, right and wrong, one folder for each service."""
