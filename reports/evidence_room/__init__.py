"""Evidence: sealed, kept, shown to one viewer at a time, and counted."""
