"""Perceptual hashes, for evidence and banks alike."""
