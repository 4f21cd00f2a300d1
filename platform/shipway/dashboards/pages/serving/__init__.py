"""What is served, and how it fares."""
