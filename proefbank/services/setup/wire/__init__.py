"""What rules read of an artefact: its facts, as the journal holds them."""
