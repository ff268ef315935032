"""The intake: fetches records, holds them for the next batch, halves batches that fail, stops partitions."""
