"""What is staged and judged of applications that sign through itsme."""
