"""The published JSON Schemas (2020-12) of `report.json` and of the lines of `events.ndjson`."""
