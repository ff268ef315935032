"""The ticket aggregate, pure: `decide` accepts or refuses a command, `evolve` computes the state from events."""
