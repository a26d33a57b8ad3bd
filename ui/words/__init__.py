"""The words of the web UI: key → (English, Chinese), one module for a group of pages."""
