"""What is staged and judged, one folder for each service."""
