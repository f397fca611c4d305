"""The report for a ticket: Markdown that nothing foreign can be markup in."""
