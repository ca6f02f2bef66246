"""Tells what a run showed: every page is rendered from the run's record, and decides nothing.

`record` turns events into `report.json`; the other modules render that, each one format.
"""
