"""What the bench of the queue is made of: a full queue, and moderators who work it off."""
