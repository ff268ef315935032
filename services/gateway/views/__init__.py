"""Reads of the view collections: queries, counts, pages and the windows of the feed."""
