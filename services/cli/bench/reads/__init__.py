"""The speed of reads: pages, statistics, details, feed and export."""
