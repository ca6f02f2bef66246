"""From what a person hands over (files, words) to facts that may be written down."""
