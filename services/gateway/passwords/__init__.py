"""Password checks: limits of attempts, and the order in which logins are checked."""
