"""Judgements of applications that sign through itsme; each module holds those on one subject."""
