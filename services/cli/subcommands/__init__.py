"""The subcommands of `ticketstream`: one module for each subcommand or group of them."""
