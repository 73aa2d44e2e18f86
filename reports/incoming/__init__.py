"""What comes in: reports, findings and notices, and what the voices are worth."""
