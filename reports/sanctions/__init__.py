"""Sanctions, how long they last, and what the person is told."""
