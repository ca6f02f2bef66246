"""One room for each service: its provider, readings, rules, stages and reference client."""
