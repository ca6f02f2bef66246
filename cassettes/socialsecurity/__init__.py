"""Recorded conversations with the social security services."""
