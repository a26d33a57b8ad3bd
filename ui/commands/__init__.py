"""The commands of `workbench`: each calls one workflow and prints what it reports."""
