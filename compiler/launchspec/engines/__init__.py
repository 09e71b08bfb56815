"""What each engine is: its options by version, and how to start it."""
