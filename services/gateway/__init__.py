"""The gateway: the one base URL of the platform, which answers reads from the views and passes commands on."""
