"""How people decide: the queue, the desk, appeals, waves, second looks."""
