"""A report as one page for a browser: it holds all it needs, and asks nobody for more."""
