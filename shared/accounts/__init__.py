"""Users, sessions, and what each user may see."""
