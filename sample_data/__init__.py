"""Two labelled sample data sets, written for this project, and the script that makes them."""
