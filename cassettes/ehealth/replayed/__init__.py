"""Conversations with acceptance as pytest-recording keeps them, cut before they were written."""
