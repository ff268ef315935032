"""The folds: pure functions from events to the documents of the views, without clock or input and output."""
