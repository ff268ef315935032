"""The directory: agencies, patrimonies, providers and operators, and each process's replica of them."""
