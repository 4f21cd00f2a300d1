"""What the commands for a cluster share: how a run is asked for, followed, explained and shown."""
