"""The read side: pages, statistics, details, feed and export."""
