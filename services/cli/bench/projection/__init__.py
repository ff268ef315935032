"""How fast a projector catches up, next to a raw bulk write of the same documents."""
