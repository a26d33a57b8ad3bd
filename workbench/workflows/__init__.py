"""The workflows: each one function that reads top to bottom; the CLI and the pages call them."""
