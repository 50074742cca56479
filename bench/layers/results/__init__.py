"""What becomes of the findings: words, tables, and the dates of releases beside them."""
