"""Active learning on public data: what is chosen, how fast, and whether the forecasts hold."""
