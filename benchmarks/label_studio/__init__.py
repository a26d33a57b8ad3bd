"""What the exchange with a real Label Studio costs, and what it survives."""
