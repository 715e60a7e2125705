"""What an account lacks for a stack, found before anything is created, and read-only."""
