"""The application: a project on disk, its store, Label Studio, and the workflows."""

__version__ = "0.1.0"
