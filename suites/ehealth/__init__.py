"""Consumers of the tokens of eHealth I.AM Connect."""
