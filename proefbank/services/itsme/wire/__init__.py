"""Typed readings of what an application said to itsme, and of what it made of the answers.

They read the JSON as it was sent: null, absent, the text null and a member sent twice are four
different things here.
"""
