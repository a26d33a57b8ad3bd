"""Text augmentation: seeded nlpaug recipes, word diffs and the trial that decides on them."""
