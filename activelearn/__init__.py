"""Active learning as plain functions over arrays and datasets: no disk, no server, no page."""
