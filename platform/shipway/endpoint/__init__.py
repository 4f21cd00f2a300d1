"""What every server of Shipway has in common, whatever it serves."""
