"""The storage that services share: collections, topics, checkpoints and the publication position."""
