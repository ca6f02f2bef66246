"""The same client on two targets, and what differs."""
