"""The ticket aggregate: pure decisions (`decide`) on a state folded from its events (`evolve`)."""
