"""From a file in which an organisation declares its set-up to facts that rules read."""
