"""The audit trail: written, anchored, verified, exported."""
