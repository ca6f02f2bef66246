"""Nothing is staged: each artefact that is judged makes a journal of its own."""
