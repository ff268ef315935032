"""The projector: folds the events of the topic into the views, each exactly once."""
