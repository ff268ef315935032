"""The harm that one client can do to others: the largest and strangest valid inputs, and their costs."""
