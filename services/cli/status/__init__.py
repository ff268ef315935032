"""`ticketstream status`: what runs, the lag, and what needs attention."""
