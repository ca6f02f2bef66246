"""Rules about consumers of eHealth's tokens."""
