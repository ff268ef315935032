"""From events to views, without clock or IO: one module per view, one table from event type to fold."""
