"""Attacks on the gateway's connections: large heads, silent connections, unread answers, many logins."""
