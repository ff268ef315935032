"""Expected results, derived from the contract independently of the code under test."""
