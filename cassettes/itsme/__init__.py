"""Recorded conversations of products that have documents signed with itsme."""
