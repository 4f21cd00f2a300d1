"""The first page: what ran, what fails, what is newest."""
